import { AppError, httpStatusOf } from '@fanfare/core';
import { UnsupportedMediaTypeError } from '../codecs/http';
import { InvalidEventError, type EventProblem } from '../event/validate-event';

export interface RefusalExtra {
  readonly headers?: Readonly<Record<string, string>>;
  readonly problems?: readonly EventProblem[];
}

/** Why a request or an event is not taken: a status, and words that are safe to show to the sender. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly extra: RefusalExtra = {},
  ) {
    super(detail);
  }
}

/** Anything that was thrown while an event was received, as what the sender is told: nothing of the inside. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof InvalidEventError)
    return new Refusal(400, thrown.message, { problems: thrown.problems });
  if (thrown instanceof UnsupportedMediaTypeError) return new Refusal(415, thrown.message);
  if (!(thrown instanceof AppError) || thrown.code === 'internal') {
    return new Refusal(500, 'the receiver failed to handle the event');
  }
  const { code, message } = thrown;
  return new Refusal(
    httpStatusOf[code],
    message,
    code === 'unavailable' ? { headers: retryAfter(1_000) } : {},
  );
}

/** `Retry-After` counts whole seconds. */
export function retryAfter(ms: number): Readonly<Record<string, string>> {
  return { 'retry-after': String(Math.ceil(ms / 1_000)) };
}

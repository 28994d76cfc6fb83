import { AppError } from '@fanfare/core';
import { isRetryableStatus, type Ack, type Nack } from '../client/result';
import type { CloudEvent } from '../event/cloud-event';

/** What a handler is told beside the event. */
export interface HandlerContext<Transaction = undefined> {
  /** Aborts when the sender has gone without waiting for the answer, or the receiver stops waiting for the handler. */
  readonly signal: AbortSignal;
  /** Of the request, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The span to continue: the tracer's, else that of the request, else the event's. */
  readonly traceparent: string | undefined;
  /** The inbox's: effects that are written through it become durable together with the receipt of the event. */
  readonly transaction: Transaction;
}

/**
 * Nothing is 204, an event is a reply (200), `ack` and `nack` choose the status. A reply to an event of a batch has no
 * place in the answer: the event counts as handled, and the reply is left out.
 */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- most handlers return nothing, as async functions of void
export type HandlerAnswer = CloudEvent | Ack | Nack | undefined | void;

/**
 * Handles one event. An `AppError` that it throws is answered by its code: `invalid` 400, `not_found` 404, `conflict`
 * and `already_exists` 409, `unavailable` 503; whatever else it throws with 500.
 */
export type Handler<Transaction = undefined> = (
  event: CloudEvent,
  context: HandlerContext<Transaction>,
) => HandlerAnswer | Promise<HandlerAnswer>;

/** The event is taken: 204, or 202 when the work is still to be done. */
export function ack(status = 204): Ack {
  if (status < 200 || status > 299) throw new AppError('invalid', `${status} does not acknowledge an event`);
  return { outcome: 'ack', status };
}

/** The event is not taken: `reason` is told to the sender, as is when to come again. */
export function nack(status: number, reason: string, retryAfterMs?: number): Nack {
  if (status < 400 || status > 599) throw new AppError('invalid', `${status} does not refuse an event`);
  return {
    outcome: 'nack',
    status,
    retryable: isRetryableStatus(status),
    retryAfterMs,
    cause: new Error(reason),
  };
}

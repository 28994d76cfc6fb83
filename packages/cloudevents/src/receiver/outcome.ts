import { AppError } from '@fanfare/core';
import type { Ack, Nack } from '../client/result';
import { encodeHttp, type DecodedHttp } from '../codecs/http';
import type { HttpMessage } from '../codecs/http-message';
import type { CloudEvent } from '../event/cloud-event';
import { assertEvent } from '../event/validate-event';
import type { ReceivedOutcome } from '../metrics';
import type { HandlerAnswer } from './handler';
import { Refusal, retryAfter } from './refusal';

/** What became of one event. */
export interface Outcome {
  readonly how: ReceivedOutcome;
  readonly status: number;
  readonly reply?: HttpMessage | undefined;
  /** Why it was not taken. */
  readonly refusal?: Refusal | undefined;
}

export const filtered: Outcome = { how: 'filtered', status: 202 };
export const duplicate: Outcome = { how: 'duplicate', status: 204 };
/** Nobody hears of it. */
export const abandoned: Outcome = { how: 'rejected', status: 503 };
const handled: Outcome = { how: 'handled', status: 204 };

/** Reads what a handler returned. Throws `Refusal` for a nack, and `internal` for a reply that is no valid event. */
export function toOutcome(answer: HandlerAnswer, request: CloudEvent, mode: DecodedHttp['mode']): Outcome {
  if (!answer) return handled;
  if (isEvent(answer)) return { how: 'handled', status: 200, reply: encodeReply(answer, request, mode) };
  if (answer.outcome === 'ack') return { how: 'handled', status: answer.status };
  const { status, cause, retryAfterMs } = answer;
  throw new Refusal(
    status,
    cause.message,
    retryAfterMs === undefined ? {} : { headers: retryAfter(retryAfterMs) },
  );
}

function isEvent(answer: CloudEvent | Ack | Nack): answer is CloudEvent {
  return 'specversion' in answer;
}

/** A reply says which event it answers, and belongs to the same story. */
function encodeReply(
  reply: CloudEvent,
  request: CloudEvent,
  mode: DecodedHttp['mode'],
): HttpMessage | undefined {
  const correlationid = reply['correlationid'] ?? request['correlationid'];
  const linked: unknown = {
    ...reply,
    causationid: request.id,
    ...(correlationid !== undefined && { correlationid }),
  };
  try {
    assertEvent(linked);
    return mode === 'batch' ? undefined : encodeHttp(linked, mode);
  } catch (cause) {
    // the sender's event was right
    throw new AppError('internal', `the reply to ${request.id} cannot be sent`, { cause });
  }
}

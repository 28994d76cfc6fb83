import { toError } from '@fanfare/core';
import type { NewEvent } from '../event/create-event';
import { isAck, type Nack, type Result, type Undelivered } from './result';

/** Keeps an event that was not delivered, with the reason. */
export type DeadLetter = (event: NewEvent, result: Nack | Undelivered) => void | Promise<void>;

/** Hands over an event that failed for good, unless the caller aborted it. Returns what is to be reported of it. */
export async function bury(
  event: NewEvent,
  result: Result,
  { deadLetter, signal }: { deadLetter: DeadLetter | undefined; signal: AbortSignal | undefined },
): Promise<Result> {
  if (!deadLetter || isAck(result) || signal?.aborted) return result;
  try {
    await deadLetter(event, result);
    return result;
  } catch (thrown) {
    const message = `${result.cause.message}; its dead letter failed: ${toError(thrown).message}`;
    return { ...result, cause: new AggregateError([result.cause, thrown], message) };
  }
}

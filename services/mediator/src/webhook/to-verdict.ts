import type { Nack, RequestResult } from '@fanfare/cloudevents';
import type { Failure } from '../failure';
import type { Answer } from '../messages/message';

/** What follows for a message from what its recipient answered. */
export type Verdict =
  | { readonly act: 'ack' }
  | { readonly act: 'reply'; readonly answer: Answer }
  | { readonly act: 'nack'; readonly error: Failure; readonly delayMs?: number | undefined }
  /** It is as if it had not been tried. */
  | { readonly act: 'giveBack' };

/** Only these, and 5xx, may be taken another time (contract §4); elsewhere other statuses may as well. */
const retryable: ReadonlySet<number> = new Set([408, 425, 429]);

/** The answer follows later, by a call of the recipient. */
const accepted = 202;

/** Judges one try of a message to which an answer is expected, or only an ack. */
export function toVerdict({ result, reply, json }: RequestResult, isReplyExpected: boolean): Verdict {
  switch (result.outcome) {
    case 'ack':
      if (!isReplyExpected || result.status === accepted) return { act: 'ack' };
      return { act: 'reply', answer: { result: (reply ? reply.data : json) ?? null } };
    case 'nack':
      return judgeRefusal(result, isReplyExpected);
    case 'undelivered':
      return { act: 'nack', error: toFailure('undelivered', result.cause.message, result.retryable) };
  }
}

function judgeRefusal(result: Nack, isReplyExpected: boolean): Verdict {
  const { status, reason, cause, retryAfterMs } = result;
  const mayComeAgain = isDone(status) || status >= 500 || retryable.has(status);
  const error = toFailure(`http-${status}`, reason ?? cause.message, mayComeAgain);
  const isAnswer = isReplyExpected && !mayComeAgain && status >= 400;
  return isAnswer ? { act: 'reply', answer: { error } } : { act: 'nack', error, delayMs: retryAfterMs };
}

/** It has done its work, but what it answered cannot be read: so this is no refusal. */
function isDone(status: number): boolean {
  return status >= 200 && status <= 299;
}

function toFailure(code: string, message: string, isRetryable: boolean): Failure {
  return { code, message, retryable: isRetryable };
}

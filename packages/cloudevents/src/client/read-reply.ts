import { hasCode, toError } from '@fanfare/core';
import { UnsupportedMediaTypeError, decodeHttp } from '../codecs/http';
import type { RequestResult } from './client';
import { judgeAnswer } from './judge-answer';
import type { Nack } from './result';
import type { Answer } from './transport';

/** Statuses whose body is never a reply: 202 by the Knative data plane contract, 204 by HTTP. */
const withoutReply: readonly number[] = [202, 204];

/** The event in an answer, when it was accepted and holds one. */
export function readReply(answer: Answer, now: Date): RequestResult {
  const result = judgeAnswer(answer, now);
  if (result.outcome !== 'ack' || withoutReply.includes(result.status)) return { result };
  const { status, failure } = answer;
  if (failure) return { result: toNack(status, failure, !hasCode(failure, 'invalid')) };
  try {
    const { mode, events } = decodeHttp(answer.response.headers, answer.body);
    const [reply] = events;
    if (mode === 'batch' || !reply) throw new UnsupportedMediaTypeError('a reply is one event, not a batch');
    return { result, reply };
  } catch (thrown) {
    if (!claimsToBeEvent(answer) && thrown instanceof UnsupportedMediaTypeError) return { result };
    return { result: toNack(status, thrown, false) };
  }
}

function toNack(status: number, thrown: unknown, retryable: boolean): Nack {
  const cause = toError(thrown);
  return {
    outcome: 'nack',
    status,
    retryable,
    cause: new Error(`no valid reply: ${cause.message}`, { cause }),
  };
}

function claimsToBeEvent({ response }: Answer): boolean {
  return /^application\/cloudevents/i.test(response.headers['content-type'] ?? '');
}

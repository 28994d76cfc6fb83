import { hasCode, toError } from '@fanfare/core';
import { UnsupportedMediaTypeError, decodeHttp } from '../codecs/http';
import type { RequestResult } from './client';
import { judgeAnswer, readJson, claimsToBeJson } from './judge-answer';
import type { Nack } from './result';
import type { Answer } from './transport';

/** Statuses whose body is never a reply: 202 by the Knative data plane contract, 204 by HTTP. */
const withoutReply: readonly number[] = [202, 204];

/** The event in an answer, or else the JSON, when it was accepted and holds any. */
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
    const isEvent = claimsToBeEvent(answer) || !(thrown instanceof UnsupportedMediaTypeError);
    if (isEvent || isBrokenJson(answer)) return { result: toNack(status, thrown, false) };
    return { result, json: readJson(answer) };
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

function isBrokenJson(answer: Answer): boolean {
  return answer.body.length > 0 && claimsToBeJson(answer) && readJson(answer) === undefined;
}

function claimsToBeEvent({ response }: Answer): boolean {
  return /^application\/cloudevents/i.test(response.headers['content-type'] ?? '');
}

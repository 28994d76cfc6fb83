import { AppError, toError } from '@fanfare/core';
import { isRecord } from '../event/validate-event';
import { isRetryableStatus, type Ack, type Nack, type Undelivered } from './result';
import { parseRetryAfter } from './retry-after';
import type { Answer } from './transport';

/** What an answer says about all that was sent. */
export function judgeAnswer(answer: Answer, now: Date): Ack | Nack {
  const { status, response } = answer;
  if (isSuccess(status)) return { outcome: 'ack', status };
  return judgeStatus(status, readReason(answer), parseRetryAfter(response.headers['retry-after'], now));
}

/** What a status says about an event, with the reason that the receiver gives. */
export function judgeStatus(status: number, reason?: string, retryAfterMs?: number): Ack | Nack {
  if (isSuccess(status)) return { outcome: 'ack', status };
  const retryable = isRetryableStatus(status);
  const message = reason ? `answered ${status}: ${reason}` : `answered ${status}`;
  const cause = new AppError(retryable ? 'unavailable' : 'invalid', message);
  return { outcome: 'nack', status, retryable, retryAfterMs, reason, cause };
}

/** What becomes of an event that could not even be put on its way, and never can. */
export function toUnsendable(thrown: unknown): Undelivered {
  return { outcome: 'undelivered', retryable: false, cause: toError(thrown) };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

const longestReason = 500;

/** The `detail` or `title` of a problem (RFC 9457), the `error` of other JSON, or the beginning of a text. */
function readReason(answer: Answer): string | undefined {
  if (answer.response.headers['content-type']?.startsWith('text/plain'))
    return readText(answer).slice(0, longestReason);
  const problem = readJson(answer);
  if (!isRecord(problem)) return undefined;
  const { detail, error, title } = problem;
  const reason = [detail, error, title].find((text) => typeof text === 'string');
  return reason?.slice(0, longestReason);
}

/** The JSON value in an answer; undefined when it holds none. */
export function readJson(answer: Answer): unknown {
  if (!claimsToBeJson(answer)) return undefined;
  try {
    return JSON.parse(readText(answer));
  } catch {
    return undefined;
  }
}

/** Whether its type is JSON, of a problem or of no more than that. */
export function claimsToBeJson({ response }: Answer): boolean {
  return /^application\/(?:problem\+)?json\b/i.test(response.headers['content-type'] ?? '');
}

const utf8 = new TextDecoder();

function readText({ body }: Answer): string {
  return utf8.decode(body);
}

import { AppError } from '@fanfare/core';
import type { CloudEvent } from '../event/cloud-event';
import { isRecord } from '../event/validate-event';
import { judgeAnswer, judgeStatus, readJson } from './judge-answer';
import { isAck, type Result } from './result';
import { parseRetryAfter } from './retry-after';
import type { Answer } from './transport';

/** The events of a request, which are read only when an answer names them. */
export interface SentBatch {
  readonly count: number;
  readonly read: () => readonly CloudEvent[];
}

/**
 * What an answer says about each event of a batch, in the order in which they were sent: what its list of results says
 * (`{"results": [{"id", "source", "status", "detail"?}]}`, as the receiver of this package answers), or the same for
 * all when it has none, as receivers that know nothing of partial failure answer.
 */
export function judgeBatch(answer: Answer, sent: SentBatch, now: Date): Result[] {
  const reports = readReports(answer, sent);
  if (reports) {
    const retryAfterMs = parseRetryAfter(answer.response.headers['retry-after'], now);
    return reports.map(({ status, detail }) => judgeStatus(status, detail, retryAfterMs));
  }
  return repeat(answer.status === multiStatus ? unreadable : judgeAnswer(answer, now), sent.count);
}

/** The same result for so many events. */
export function repeat(result: Result, count: number): Result[] {
  return new Array<Result>(count).fill(result);
}

/**
 * One result for the whole batch: the first that is no ack, worth a retry when any of them is. Undefined for none at all.
 */
export function summarise(perEvent: readonly Result[]): Result | undefined {
  const failed = perEvent.filter((result) => !isAck(result));
  const [first] = failed;
  return first && !isAck(first)
    ? { ...first, retryable: failed.some(({ retryable }) => retryable) }
    : perEvent[0];
}

/** RFC 4918 §13: the results differ, the body says how. */
const multiStatus = 207;

/** Some were taken and some not, and no telling which: to send all again is safe, to trust all is not. */
const unreadable: Result = {
  outcome: 'nack',
  status: multiStatus,
  retryable: true,
  cause: new AppError('invalid', 'answered 207 without a readable result for each event'),
};

interface Report {
  readonly status: number;
  readonly detail: string | undefined;
}

/** Undefined unless there is one for each event that was sent, in the same order. */
function readReports(answer: Answer, { count, read }: SentBatch): readonly Report[] | undefined {
  const body = readJson(answer);
  const { results } = isRecord(body) ? body : {};
  if (!Array.isArray(results) || results.length !== count) return undefined;
  const events = read();
  const reports = results.flatMap((entry: unknown, index) => readReport(entry, events[index]) ?? []);
  return reports.length === count ? reports : undefined;
}

function readReport(entry: unknown, event: CloudEvent | undefined): Report | undefined {
  if (!isRecord(entry)) return undefined;
  const { id, source, status, detail } = entry;
  if (id !== event?.id || source !== event?.source || typeof status !== 'number') return undefined;
  return { status, detail: typeof detail === 'string' ? detail : undefined };
}

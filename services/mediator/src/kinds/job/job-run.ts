import type { TraceContext } from '@fanfare/contracts';
import type { Failure } from '../../failure';
import { nextTryAt, type TryDue, type TryFailure } from '../../retry-policy';
import type { Job } from './job';

export const runStatuses = ['running', 'completed', 'failed', 'skipped'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** One time that a job does what it is for. */
export interface JobRun {
  /** Of its command as well. */
  readonly id: string;
  readonly jobId: string;
  /** Places it among the runs of the job, the oldest first. */
  readonly orderKey: string;
  /** The tick; for a run by hand the time of the call. */
  readonly scheduledFor: Date;
  /** In place of the data of the job. */
  readonly data?: unknown;
  readonly trace: TraceContext;
  readonly status: RunStatus;
  /** Tries that have begun. */
  readonly attempts: number;
  /** What comes by itself: the end of the try under way, or the next try; null when it has ended. */
  readonly due: TryDue | null;
  readonly result: unknown;
  readonly error: Failure | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** The id of the run of a tick: the same in whichever instance makes it. */
export function tickRunId(jobId: string, tick: Date): string {
  return `${jobId}:${tick.toISOString()}`;
}

/** Whether the job ends with this run. */
export function isLastRun({ id, schedule }: Job, run: Pick<JobRun, 'id'>): boolean {
  return schedule.type === 'one-time' && run.id === tickRunId(id, schedule.at);
}

/** Another try begins, which may take until `until`. */
export function beginTry(run: JobRun, until: Date): JobRun {
  return { ...run, attempts: run.attempts + 1, due: { waitsFor: 'answer', at: until } };
}

/** A try has failed: another one follows later, or the run has failed. */
export function failTry(run: JobRun, failure: TryFailure): JobRun {
  const { error } = failure;
  const at = nextTryAt(failure, run.attempts);
  return at ? { ...run, error, due: { waitsFor: 'retry', at } } : failRun(run, error, failure.at);
}

export function failRun(run: JobRun, error: Failure, at: Date): JobRun {
  return { ...run, status: 'failed', error, due: null, endedAt: at };
}

export function completeRun(run: JobRun, result: unknown, at: Date): JobRun {
  return { ...run, status: 'completed', result, error: null, due: null, endedAt: at };
}

import type { TraceContext } from '@fanfare/contracts';
import type { Failure } from '../../failure';
import type { Job, JobSettings, JobStatus } from './job';
import type { JobRun, RunStatus } from './job-run';
import type { Schedule } from './schedule';

/** See `migrations/0006-jobs.sql`. Times are milliseconds since 1970. */
export type JobTables = {
  jobs: {
    mediator_key: number;
    id: string;
    order_key: string;
    request_hash: string;
    settings: string;
    status: JobStatus;
    next_run: number | null;
    last_run: number | null;
    open_key: string | null;
    created_at: number;
    ended_at: number | null;
  };
  job_runs: {
    mediator_key: number;
    id: string;
    job_id: string;
    order_key: string;
    request_hash: string | null;
    scheduled_for: number;
    data: string | null;
    trace: string;
    status: RunStatus;
    attempts: number;
    waits_for: 'answer' | 'retry' | null;
    due_at: number | null;
    result: string | null;
    error: string | null;
    started_at: number;
    ended_at: number | null;
  };
};
type JobRow = JobTables['jobs'];
type RunRow = JobTables['job_runs'];

export function toJobRow(job: Job) {
  const { id, orderKey, status, nextRun, lastRun, createdAt, endedAt, ...settings } = job;
  return {
    id,
    order_key: orderKey,
    settings: JSON.stringify(settings),
    ...toJobState({ status, nextRun, lastRun, endedAt, uniqueKey: settings.uniqueKey }),
    created_at: createdAt.getTime(),
  };
}

/** The columns that change. */
export function toJobState({
  status,
  nextRun,
  lastRun,
  endedAt,
  uniqueKey,
}: Pick<Job, 'status' | 'nextRun' | 'lastRun' | 'endedAt' | 'uniqueKey'>) {
  return {
    status,
    next_run: nextRun?.getTime() ?? null,
    last_run: lastRun?.getTime() ?? null,
    ended_at: endedAt?.getTime() ?? null,
    open_key: endedAt ? null : uniqueKey,
  };
}

/** What is parsed here was written by `toJobRow`. */
export function fromJobRow(row: JobRow): Job {
  const { schedule, ...settings } = JSON.parse(row.settings) as JobSettings;
  return {
    ...settings,
    schedule: reviveTimes(schedule),
    id: row.id,
    orderKey: row.order_key,
    status: row.status,
    nextRun: toDate(row.next_run),
    lastRun: toDate(row.last_run),
    createdAt: new Date(row.created_at),
    endedAt: toDate(row.ended_at),
  };
}

/** In JSON times are texts. */
function reviveTimes(schedule: Schedule): Schedule {
  if (schedule.type === 'recurring') return { ...schedule, since: new Date(schedule.since) };
  if (schedule.type === 'one-time') return { ...schedule, at: new Date(schedule.at) };
  return schedule;
}

export function toRunRow(run: JobRun) {
  return {
    id: run.id,
    job_id: run.jobId,
    order_key: run.orderKey,
    scheduled_for: run.scheduledFor.getTime(),
    data: run.data === undefined ? null : JSON.stringify(run.data),
    trace: JSON.stringify(run.trace),
    ...toRunState(run),
    started_at: run.startedAt.getTime(),
  };
}

/** The columns that change. */
export function toRunState({ status, attempts, due, result, error, endedAt }: JobRun) {
  return {
    status,
    attempts,
    waits_for: due?.waitsFor ?? null,
    due_at: due?.at.getTime() ?? null,
    result: JSON.stringify(result ?? null),
    error: error && JSON.stringify(error),
    ended_at: endedAt?.getTime() ?? null,
  };
}

/** What is parsed here was written by `toRunRow`. */
export function fromRunRow(row: RunRow): JobRun {
  const { waits_for: waitsFor, due_at: dueAt } = row;
  return {
    id: row.id,
    jobId: row.job_id,
    orderKey: row.order_key,
    scheduledFor: new Date(row.scheduled_for),
    ...(row.data !== null && { data: JSON.parse(row.data) as unknown }),
    trace: JSON.parse(row.trace) as TraceContext,
    status: row.status,
    attempts: row.attempts,
    due: waitsFor === null || dueAt === null ? null : { waitsFor, at: new Date(dueAt) },
    result: row.result === null ? null : (JSON.parse(row.result) as unknown),
    error: row.error === null ? null : (JSON.parse(row.error) as Failure),
    startedAt: new Date(row.started_at),
    endedAt: toDate(row.ended_at),
  };
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

import type { Job } from './job';
import type { JobRun } from './job-run';
import type { ShownJob, ShownRun } from './job-schemas';
import type { Schedule } from './schedule';

export function showJob(job: Job): ShownJob {
  return {
    id: job.id,
    name: job.name,
    type: job.schedule.type,
    ...showSchedule(job.schedule),
    data: job.data,
    priority: job.priority,
    handler_id: job.handlerId,
    timeout_ms: job.timeoutMs,
    retry: job.retry,
    missed: job.missed,
    overlap: job.overlap,
    unique_key: job.uniqueKey,
    status: job.status,
    progress: job.status === 'completed' ? 100 : 0,
    next_run: job.nextRun?.toISOString() ?? null,
    last_run: job.lastRun?.toISOString() ?? null,
  };
}

function showSchedule(schedule: Schedule): Pick<ShownJob, 'schedule' | 'every_ms' | 'time_zone'> {
  const none = { schedule: null, every_ms: null, time_zone: 'UTC' };
  switch (schedule.type) {
    case 'scheduled':
      return { ...none, schedule: schedule.cron, time_zone: schedule.timeZone };
    case 'recurring':
      return { ...none, every_ms: schedule.everyMs };
    case 'one-time':
      return { ...none, schedule: schedule.at.toISOString() };
    case 'on-demand':
      return none;
  }
}

export function showRun(run: JobRun): ShownRun {
  return {
    id: run.id,
    job_id: run.jobId,
    scheduled_for: run.scheduledFor.toISOString(),
    status: run.status,
    attempts: run.attempts,
    result: run.result,
    error: run.error,
    start_time: run.status === 'skipped' ? null : run.startedAt.toISOString(),
    end_time: run.endedAt?.toISOString() ?? null,
  };
}

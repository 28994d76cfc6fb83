import { jobCancelled, jobCompleted, jobFailed, type TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import type { MediatorEntry } from '../../mediators/directory';
import type { PartDeps } from '../../part';
import { changeStatus, type Job } from './job';
import { tickRunId } from './job-run';
import { jobStore } from './job-store';
import { runStore } from './run-store';

/** A job whose row is locked, in a mediator that was entered. */
export interface HeldJob {
  readonly entry: MediatorEntry;
  readonly job: Job;
}

/** How a job ends: one that fails says why. */
export type JobEnd = { readonly trace: TraceContext } & (
  { readonly status: 'completed' | 'cancelled' } | { readonly status: 'failed'; readonly error: Failure }
);

/** Ends jobs, and tells the world. */
export interface EndJob {
  /** Returns the job as it is now. Throws `illegal-transition`. */
  end(tx: Transaction, held: HeldJob, end: JobEnd): Promise<Job>;
  /** Ends a job that ticks once, at a time that passed while it could not run. */
  endAsMissed(tx: Transaction, held: HeldJob, tick: Date): Promise<Job>;
}

const missed: Failure = {
  code: 'missed',
  message: 'its time passed while nothing could run',
  retryable: false,
};

export function createEndJob({
  announce,
  clock,
  newId,
  newTrace,
}: Pick<PartDeps, 'announce' | 'clock' | 'newId' | 'newTrace'>): EndJob {
  async function end(tx: Transaction, { entry, job }: HeldJob, jobEnd: JobEnd): Promise<Job> {
    const { key, name: mediator } = entry.mediator;
    const ended = changeStatus(job, jobEnd.status, clock.now());
    await jobStore.save(tx, key, ended);
    const fact = { mediator, job_id: job.id, name: job.name };
    if (jobEnd.status === 'failed') announce(tx, jobFailed, { ...fact, error: jobEnd.error }, jobEnd.trace);
    else if (jobEnd.status === 'cancelled') announce(tx, jobCancelled, fact, jobEnd.trace);
    else announce(tx, jobCompleted, fact, jobEnd.trace);
    return ended;
  }

  return {
    end,
    async endAsMissed(tx, held, tick) {
      const { entry, job } = held;
      const now = clock.now();
      const trace = newTrace();
      const run = {
        id: tickRunId(job.id, tick),
        jobId: job.id,
        orderKey: newId(),
        scheduledFor: tick,
        trace,
        attempts: 0,
        due: null,
        result: null,
        error: missed,
        startedAt: now,
        endedAt: now,
        status: 'skipped' as const,
      };
      await runStore.insert(tx, entry.mediator.key, { object: run, requestHash: null });
      return end(tx, held, { status: 'failed', error: missed, trace });
    },
  };
}

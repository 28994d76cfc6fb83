import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import type { PartDeps } from '../../part';
import type { AwaitTick } from './await-tick';
import type { CarryOut } from './carry-out';
import type { EndJob } from './end-job';
import { enterJob, type JobAddress } from './find-job';
import { changeStatus, type Job } from './job';
import { tickRunId } from './job-run';
import { jobStore } from './job-store';
import { runStore } from './run-store';
import { nextTick } from './schedule';

/** What may be done with a job. Each returns it as it is afterwards, and throws `illegal-transition`. */
export interface ChangeJob {
  /** No tick fires any more; a run that has begun goes on. */
  pause(tx: Transaction, address: JobAddress): Promise<Job>;
  /** Waits for the next tick from now on: those before are dropped. */
  resume(tx: Transaction, address: JobAddress): Promise<Job>;
  /** No tick fires any more, and what has begun is taken back. */
  cancel(tx: Transaction, address: JobAddress, trace: TraceContext): Promise<Job>;
}

type ChangeJobDeps = Pick<PartDeps, 'directory' | 'clock'> & {
  readonly awaitTick: AwaitTick;
  readonly carryOut: Pick<CarryOut, 'failAll'>;
  readonly endJob: EndJob;
};

const cancelled: Failure = { code: 'cancelled', message: 'the job was cancelled', retryable: false };

export function createChangeJob({ directory, clock, awaitTick, carryOut, endJob }: ChangeJobDeps): ChangeJob {
  async function save(tx: Transaction, mediatorKey: number, job: Job): Promise<Job> {
    await jobStore.save(tx, mediatorKey, job);
    awaitTick(tx, mediatorKey, job);
    return job;
  }

  return {
    async pause(tx, address) {
      const { entry, job } = await enterJob(tx, directory, address);
      const paused = changeStatus(job, 'paused', clock.now());
      return paused === job ? job : save(tx, entry.mediator.key, paused);
    },

    async resume(tx, address) {
      const { entry, job } = await enterJob(tx, directory, address);
      const resumed = changeStatus(job, 'pending', clock.now());
      if (resumed === job) return job;
      const { id, schedule } = job;
      const { key } = entry.mediator;
      const nextRun = nextTick(schedule, clock.now());
      if (schedule.type === 'one-time' && !nextRun) {
        const hasRun = await runStore.find(tx.queries, key, tickRunId(id, schedule.at));
        if (!hasRun) return endJob.endAsMissed(tx, { entry, job }, schedule.at);
      }
      return save(tx, key, { ...resumed, nextRun });
    },

    async cancel(tx, address, trace) {
      const { entry, job } = await enterJob(tx, directory, address);
      if (job.status === 'cancelled') return job;
      const ended = await endJob.end(tx, { entry, job }, { status: 'cancelled', trace });
      awaitTick(tx, entry.mediator.key, ended);
      await carryOut.failAll(tx, { entry, job: ended }, cancelled);
      return ended;
    },
  };
}

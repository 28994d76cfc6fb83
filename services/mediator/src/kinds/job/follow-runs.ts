import type { Transaction } from '@fanfare/storage';
import type { PartDeps } from '../../part';
import type { TimerHandler } from '../../timers/timers';
import type { WorkSource } from '../../work/work';
import { jobSource, type CarryOut } from './carry-out';
import type { HeldJob } from './end-job';
import type { JobRun } from './job-run';
import { jobStore } from './job-store';
import { runStore } from './run-store';

type FollowRunsDeps = Pick<PartDeps, 'database' | 'directory'> & {
  readonly carryOut: Pick<CarryOut, 'goOn' | 'hear'>;
};

/** Hears what handlers answer, and goes on with runs whose time has come. */
export interface FollowRuns {
  readonly source: WorkSource;
  readonly onTimer: TimerHandler;
}

interface HeldRun extends HeldJob {
  readonly run: JobRun;
}

export function createFollowRuns({ database, directory, carryOut }: FollowRunsDeps): FollowRuns {
  /** A run that is open, with its job locked; null when it has ended, or its mediator is gone. */
  async function hold(
    tx: Transaction,
    mediatorKey: number,
    jobId: string,
    id: string,
  ): Promise<HeldRun | null> {
    const entry = await directory.enterByKey(tx, mediatorKey);
    const job = entry && (await jobStore.lock(tx, mediatorKey, jobId));
    const found = job && (await runStore.find(tx.queries, mediatorKey, id));
    return entry && job && found?.object.status === 'running' ? { entry, job, run: found.object } : null;
  }

  return {
    source: {
      name: jobSource,
      async lock(tx, mediatorKey, ref) {
        await jobStore.lock(tx, mediatorKey, ref);
      },
      async answered(tx, { mediatorKey, ref, id, outcome }) {
        const held = await hold(tx, mediatorKey, ref, id);
        if (!held) return 'late';
        // a try that has failed already, by its time, cannot fail again
        if (outcome.status === 'failed' && held.run.due?.waitsFor === 'retry') return 'late';
        await carryOut.hear(tx, held, held.run, outcome);
        return 'taken';
      },
    },

    onTimer: ({ mediatorKey, id }) =>
      database.transact(async (tx) => {
        const found = await runStore.find(tx.queries, mediatorKey, id);
        const held = found && (await hold(tx, mediatorKey, found.object.jobId, id));
        if (held) await carryOut.goOn(tx, held, held.run);
      }),
  };
}

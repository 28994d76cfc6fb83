import type { Transaction } from '@fanfare/storage';
import type { PartDeps } from '../../part';
import type { TimerHandler } from '../../timers/timers';
import type { AwaitTick } from './await-tick';
import type { CarryOut } from './carry-out';
import type { EndJob, HeldJob } from './end-job';
import { tickRunId } from './job-run';
import { jobStore } from './job-store';
import { planTicks } from './plan-ticks';
import { runStore } from './run-store';

type FireTicksDeps = Pick<PartDeps, 'database' | 'directory' | 'clock' | 'newTrace'> & {
  readonly awaitTick: AwaitTick;
  readonly carryOut: Pick<CarryOut, 'begin'>;
  readonly endJob: Pick<EndJob, 'endAsMissed'>;
};

/**
 * Begins the runs of the ticks that are due. Each tick is fired once, in whichever instance: the row of the job is locked,
 * and says which tick comes next.
 */
export function createFireTicks(deps: FireTicksDeps): TimerHandler {
  const { database, directory, clock, newTrace, awaitTick, carryOut, endJob } = deps;

  async function fire(tx: Transaction, held: HeldJob, tick: Date): Promise<void> {
    const id = tickRunId(held.job.id, tick);
    // a run by hand may have been given this very id
    if (await runStore.find(tx.queries, held.entry.mediator.key, id)) return;
    await carryOut.begin(tx, held, { id, scheduledFor: tick, trace: newTrace() });
  }

  return ({ mediatorKey, id }) =>
    database.transact(async (tx) => {
      const entry = await directory.enterByKey(tx, mediatorKey);
      const job = entry && (await jobStore.lock(tx, mediatorKey, id));
      if (!entry || !job?.nextRun) return;
      const { run, nextRun } = planTicks({ ...job, nextRun: job.nextRun }, clock.now());
      if (run.length === 0 && !nextRun) {
        await endJob.endAsMissed(tx, { entry, job }, job.nextRun);
        return;
      }
      const held = { entry, job: { ...job, nextRun } };
      await jobStore.save(tx, mediatorKey, held.job);
      awaitTick(tx, mediatorKey, held.job);
      for (const tick of run) await fire(tx, held, tick);
    });
}

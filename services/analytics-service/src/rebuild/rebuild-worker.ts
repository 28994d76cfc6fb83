import { hasCode, keepTrying, toError, type WakeUp } from '@fanfare/core';
import { holdLease, type HeldLease, type Lease } from '@fanfare/messaging';
import type { Logger } from '@fanfare/service-kit';
import { dropFreshTables } from './count-tables';
import { RebuildOver } from './rebuild-store';
import type { Rebuild } from './rebuild';
import { runRebuild, type RebuildTurn, type RunRebuildDeps } from './run-rebuild';

export interface RebuildWorkerDeps extends RunRebuildDeps {
  /** Held by the one instance that rebuilds. */
  readonly lease: Lease;
  readonly wakeUp: WakeUp;
  readonly logger: Logger;
}

/** How often to look for a rebuild that another instance was asked for, or left behind. */
const lookEveryMs = 5_000;

/** The worker that runs rebuilds. One that was cut short, by a kill for one, begins from scratch. */
export function createRebuildWorker(deps: RebuildWorkerDeps) {
  const { database, rebuilds, clock, observer, lease, wakeUp, logger } = deps;

  async function run(turn: RebuildTurn): Promise<void> {
    const { rebuild, holder } = turn;
    try {
      await runRebuild(deps, turn);
      logger.info({ rebuildId: rebuild.id }, 'the totals were counted anew');
    } catch (error) {
      if (error instanceof RebuildOver || hasCode(error, 'unavailable')) throw error;
      logger.error({ rebuildId: rebuild.id, err: toError(error) }, 'a rebuild failed');
      await rebuilds.fail(holder, toError(error).message);
    }
  }

  async function runWhileHeld(rebuild: Rebuild, { fence, signal }: HeldLease): Promise<void> {
    const holder = { id: rebuild.id, fence };
    try {
      await run({ rebuild, holder, signal });
    } catch (error) {
      if (!(error instanceof RebuildOver)) throw error;
      logger.info({ rebuildId: rebuild.id }, error.message);
    } finally {
      // whoever has the lease by now has fresh tables of his own
      await dropFreshTables(database, (queries) => rebuilds.isLast(queries, holder));
    }
  }

  async function work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const rebuild = await rebuilds.findActive();
      if (rebuild) await holdLease(lease, { clock, signal }, (held) => runWhileHeld(rebuild, held));
      else await wakeUp.wait(lookEveryMs, signal);
    }
  }

  return {
    name: 'rebuild',
    async run(signal: AbortSignal): Promise<void> {
      const onFailure = (error: unknown, delayMs: number) => {
        observer.waiting('rebuilds', error, delayMs);
      };
      await keepTrying(() => work(signal), { clock, signal, onFailure });
    },
  };
}

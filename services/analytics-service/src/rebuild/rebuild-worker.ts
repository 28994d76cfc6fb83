import { hasCode, keepTrying, toError } from '@fanfare/core';
import type { Lease, WakeUp } from '@fanfare/messaging';
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
const renewEveryMs = 5_000;

/** The worker that runs rebuilds. One that was cut short, by a kill for one, begins from scratch. */
export function createRebuildWorker(deps: RebuildWorkerDeps) {
  const { database, rebuilds, clock, observer, lease, wakeUp, logger } = deps;

  /** Renews the lease now and then. */
  function createKeepTurn(fence: number, signal: AbortSignal): () => Promise<void> {
    let renewedMs = clock.elapsedMs();
    return async () => {
      if (signal.aborted) throw new RebuildOver('the service stops');
      if (clock.elapsedMs() - renewedMs < renewEveryMs) return;
      if ((await lease.acquire()) !== fence) throw new RebuildOver('another instance has taken over');
      renewedMs = clock.elapsedMs();
    };
  }

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

  async function takeTurn(rebuild: Rebuild, fence: number, signal: AbortSignal): Promise<void> {
    const holder = { id: rebuild.id, fence };
    try {
      await run({ rebuild, holder, signal, keepTurn: createKeepTurn(fence, signal) });
    } catch (error) {
      if (!(error instanceof RebuildOver)) throw error;
      logger.info({ rebuildId: rebuild.id }, error.message);
    } finally {
      // whoever has the lease by now has fresh tables of his own
      if ((await lease.acquire()) === fence) await dropFreshTables(database);
      await lease.release();
    }
  }

  async function work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const rebuild = await rebuilds.findActive();
      const fence = rebuild && (await lease.acquire());
      if (rebuild && fence !== null) await takeTurn(rebuild, fence, signal);
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

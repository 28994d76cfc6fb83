import { setMaxListeners } from 'node:events';
import { computeBackoffDelayMs, type Clock } from '@fanfare/core';
import type { Logger } from '../logging/logger';
import type { Worker } from './service';

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Told of each failure after which a worker is started again. */
  readonly onFailure?: (worker: string, error: unknown) => void;
}

/** Workers under watch. */
export interface Supervisor {
  /** Names of workers that have failed and not yet run steadily again. */
  failed(): readonly string[];
  /** Names of workers that have not ended. */
  running(): readonly string[];
  /** Resolves when all have ended, which they do after the signal. Never rejects. */
  readonly done: Promise<void>;
}

/** A worker that was started again counts as healthy when it has run this long. */
const steadyAfterMs = 1_000;
const restartBackoff = { firstMs: 500, maxMs: 30_000 };

/** Runs workers until `signal` aborts. One that ends or throws before is started again, after growing, jittered delays. */
export function startWorkers(workers: readonly Worker[], options: SupervisorOptions): Supervisor {
  // each worker listens to the one signal while it rests: many who do are no leak
  setMaxListeners(0, options.signal);
  const failed = new Set<string>();
  const running = new Set<string>();
  const runs = workers.map(async (worker) => {
    running.add(worker.name);
    await keepRunning(worker, failed, options);
    running.delete(worker.name);
  });
  return {
    failed: () => [...failed],
    running: () => [...running],
    done: Promise.all(runs).then(() => undefined),
  };
}

async function keepRunning(
  worker: Worker,
  failed: Set<string>,
  { clock, logger, signal, onFailure }: SupervisorOptions,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const steady = clock.setTimer(steadyAfterMs, () => {
      if (failures > 0) logger.info({ worker: worker.name }, 'a worker runs again');
      failures = 0;
      failed.delete(worker.name);
    });
    const error = await outcomeOf(worker, signal);
    steady.cancel();
    if (isAborted(signal)) {
      if (error) logger.error({ err: error, worker: worker.name }, 'a worker failed while it stopped');
      return;
    }
    failures += 1;
    failed.add(worker.name);
    const delayMs = computeBackoffDelayMs(failures, restartBackoff);
    const err = error ?? new Error('it ended by itself');
    logger.error({ err, worker: worker.name, delayMs }, 'a worker failed and will be started again');
    onFailure?.(worker.name, err);
    await clock.sleep(delayMs, signal);
  }
}

/** What the worker threw, or undefined when it ended well. */
async function outcomeOf(worker: Worker, signal: AbortSignal): Promise<unknown> {
  try {
    await worker.run(signal);
    return undefined;
  } catch (error) {
    return error ?? new Error('it failed without saying why');
  }
}

/** In words of its own, because the compiler takes an aborted signal for one that cannot change while we wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

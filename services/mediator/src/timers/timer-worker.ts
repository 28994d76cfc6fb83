import { computeBackoffDelayMs, createWakeUp, keepTrying, type Clock } from '@fanfare/core';
import type { Logger, Worker } from '@fanfare/service-kit';
import type { ClaimedTimer, TimerStore } from './timer-store';
import type { TimerHandler } from './timers';

export interface TimerWorkerDeps {
  readonly store: Omit<TimerStore, 'change'>;
  readonly handlers: ReadonlyMap<string, TimerHandler>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

export interface TimerWorker extends Worker {
  /** A timer has been set by this instance: it may be due before what the worker waits for. */
  noteSet(dueAt: Date): void;
}

/** Handlers that run at a time. */
const maxRunning = 16;
/** Timers that other instances have set, and left when they died, are looked for so often. */
const longestRestMs = 2_000;
/** What another instance is just taking looks free until it has it. */
const shortestRestMs = 10;
const retryBackoff = { firstMs: 1_000, maxMs: 60_000 };

/** Fires what is due, then rests until the next timer is: one indexed read, however many there are. */
export function createTimerWorker(deps: TimerWorkerDeps): TimerWorker {
  const { store, clock, onFailure } = deps;
  const wakeUp = createWakeUp(clock);
  const running = new Set<Promise<void>>();
  /** While it looks, whatever is set has it look again. */
  let restsUntilMs = Infinity;

  function start(timer: ClaimedTimer, signal: AbortSignal): void {
    const run = fire(deps, timer, signal).finally(() => {
      running.delete(run);
      // not for each that ends: several are claimed together
      if (running.size <= maxRunning / 2) wakeUp.wake();
    });
    running.add(run);
  }

  /** Returns how long to rest. */
  async function fireDue(signal: AbortSignal): Promise<number> {
    const room = maxRunning - running.size;
    if (room === 0) return longestRestMs;
    for (const timer of await store.claim(room)) start(timer, signal);
    if (running.size === maxRunning) return longestRestMs;
    const next = await store.nextTime();
    if (!next) return longestRestMs;
    const leftMs = next.getTime() - clock.now().getTime();
    return Math.min(longestRestMs, Math.max(shortestRestMs, leftMs));
  }

  return {
    name: 'timers',
    noteSet(dueAt) {
      if (dueAt.getTime() < restsUntilMs) wakeUp.wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        restsUntilMs = Infinity;
        const restMs = await keepTrying(() => fireDue(signal), { clock, signal, onFailure });
        if (restMs === undefined) break;
        restsUntilMs = clock.now().getTime() + restMs;
        await wakeUp.wait(restMs, signal);
      }
      await Promise.all(running);
    },
  };
}

/** Never rejects. What can neither be handled nor given back comes again when its claim ends. */
async function fire(
  { store, handlers, clock, logger }: TimerWorkerDeps,
  timer: ClaimedTimer,
  signal: AbortSignal,
): Promise<void> {
  const { kind, mediatorKey, id, dueAt, failures } = timer;
  try {
    const handler = handlers.get(kind);
    if (!handler) throw new Error(`nobody handles timers of kind ${kind}`);
    await handler({ kind, mediatorKey, id, dueAt });
    await store.remove(timer);
  } catch (error) {
    const delayMs = computeBackoffDelayMs(failures + 1, retryBackoff);
    logger.warn({ err: error, kind, id, delayMs }, 'a timer could not be handled and will be tried again');
    await keepTrying(() => store.postpone(timer, delayMs), { clock, signal });
  }
}

import { createMutex, createWakeUp, isPassing, keepTrying } from '@fanfare/core';
import type { Worker } from '@fanfare/service-kit';
import type { ObserverLeases } from './observer-leases';
import type { ServedState } from './progress';
import { startRunner, type Runner, type RunnerDeps, type RunnerTask } from './runner';
import { hasTarget, type ServedObserver } from './sender';
import type { ServedObservers } from './served-observers';

export interface ServeObserversDeps extends RunnerDeps {
  readonly observers: ServedObservers;
  readonly leases: ObserverLeases;
  /** What a runner needs for one observer. */
  readonly equip: (served: ServedObserver) => Pick<RunnerTask, 'sender' | 'permit' | 'isRefused'>;
  readonly prolongMs: number;
  /** How often to look for what other instances changed, or left behind when they died. */
  readonly pollMs?: number;
}

/** Serves the observers that are this instance's, each by a runner of its own. */
export interface ServeObservers {
  readonly worker: Worker;
  /** Ends what is under way to an observer, then lets it begin again as it stands by then. */
  readonly restart: (observerId: string) => Promise<void>;
  /** Looks now for what has changed. */
  readonly look: () => Promise<void>;
  /** Makes a change to what is kept of an observer's deliveries while nothing is under way to it. */
  readonly interrupt: <T>(observerId: string, change: () => Promise<T>) => Promise<T>;
  /** How many observers are served here. */
  readonly size: number;
}

interface Running {
  readonly served: ServedObserver;
  readonly fence: number;
  readonly runner: Runner;
}

export function createServeObservers(deps: ServeObserversDeps): ServeObservers {
  const { observers, leases, clock, equip, report, prolongMs, pollMs = 1_000 } = deps;
  const running = new Map<string, Running>();
  const turns = createMutex();
  const wakeUp = createWakeUp(clock);
  let prolongedAtMs = -Infinity;

  async function stop(observerId: string): Promise<void> {
    await running.get(observerId)?.runner.stop();
    running.delete(observerId);
  }

  function start(served: ServedObserver, state: ServedState): void {
    const { id } = served.observer;
    const runner = startRunner({ served, state, isHeld: leases.isHeld, ...equip(served) }, deps);
    const own = { served, fence: state.fence, runner };
    running.set(id, own);
    void runner.done
      .catch((error: unknown) => {
        report.waiting(`deliveries to ${id}`, error, pollMs);
      })
      .then(() => {
        if (running.get(id) === own) running.delete(id);
      });
  }

  async function prolong(): Promise<void> {
    if (clock.elapsedMs() - prolongedAtMs < prolongMs) return;
    const atMs = clock.elapsedMs();
    await leases.prolong();
    prolongedAtMs = atMs;
  }

  /** Brings what runs here to what there is to be served. */
  async function adjust(): Promise<void> {
    const known = await observers.refresh();
    const wanted = new Map([...known].filter(([, served]) => served.observer.isEnabled && hasTarget(served)));
    await prolong();
    const share = await leases.share(wanted.size);
    await leases.claim(
      [...wanted.keys()].filter((id) => !running.has(id)),
      share - running.size,
    );
    const held = await leases.held();
    const isCurrent = ([id, { served, fence }]: readonly [string, Running]) =>
      wanted.get(id) === served && held.get(id) === fence;
    await Promise.all([...running].filter((one) => !isCurrent(one)).map(([id]) => stop(id)));
    const ours = new Set([...held.keys()].filter((id) => wanted.has(id)).slice(0, share));
    const others = [...held.keys()].filter((id) => !ours.has(id));
    await Promise.all(others.map(stop));
    await leases.release(others);
    const idle = [...ours].filter((id) => !running.has(id));
    for (const state of await leases.states(idle)) {
      const served = wanted.get(state.observer_id);
      if (served) start(served, state);
    }
  }

  const look = () => turns.run(adjust);

  async function serve(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await look();
      await wakeUp.wait(pollMs, signal);
    }
  }

  return {
    worker: {
      name: 'deliveries',
      async run(signal) {
        const onFailure = (error: unknown, delayMs: number) => {
          report.waiting('the observers', error, delayMs);
        };
        try {
          await keepTrying(() => serve(signal), { clock, signal, isRetryable: isPassing, onFailure });
        } finally {
          await turns.run(() => Promise.all([...running.keys()].map(stop)));
          await leases.release().catch((error: unknown) => {
            onFailure(error, 0);
          });
        }
      },
    },
    look,
    async restart(observerId) {
      await turns.run(() => stop(observerId));
      wakeUp.wake();
    },
    async interrupt(observerId, change) {
      const result = await turns.run(async () => {
        await stop(observerId);
        return change();
      });
      wakeUp.wake();
      return result;
    },
    get size() {
      return running.size;
    },
  };
}

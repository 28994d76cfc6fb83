import type { Clock, Timer } from './clock';

/** A clock whose time passes only when it is told to. */
export interface VirtualClock extends Clock {
  /** Moves the time on, firing what is due on the way in order of its time, and letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** How many timers and sleepers wait. */
  readonly pending: number;
}

interface Waiting {
  readonly dueMs: number;
  readonly action: () => void;
}

/** A clock for tests and simulations, standing still at `start` until it is advanced. */
export function createVirtualClock(start = new Date('2026-01-01T00:00:00.000Z')): VirtualClock {
  let nowMs = start.getTime();
  const waiting = new Set<Waiting>();

  function setTimer(ms: number, action: () => void): Timer {
    const entry = { dueMs: nowMs + ms, action };
    waiting.add(entry);
    return { cancel: () => void waiting.delete(entry) };
  }

  function nextDue(untilMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const entry of waiting) {
      if (entry.dueMs <= untilMs && (!next || entry.dueMs < next.dueMs)) next = entry;
    }
    return next;
  }

  return {
    now: () => new Date(nowMs),
    elapsedMs: () => nowMs,
    setTimer,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const finish = () => {
          timer.cancel();
          signal?.removeEventListener('abort', finish);
          resolve();
        };
        const timer = setTimer(ms, finish);
        signal?.addEventListener('abort', finish, { once: true });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let next = nextDue(untilMs); next; next = nextDue(untilMs)) {
        waiting.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.action();
        await settle();
      }
      nowMs = untilMs;
    },
    get pending() {
      return waiting.size;
    },
  };
}

/** Lets every promise that can settle without time passing do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}

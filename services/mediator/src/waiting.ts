import { createWakeUp, type Clock } from '@fanfare/core';

export interface WaitOptions {
  /** What would be worth another look, see `tell`. */
  readonly topics: readonly string[];
  /** 0 looks once. */
  readonly waitMs: number;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
}

/**
 * Holds calls open until there is something to say. What happens in this process is told at once; what happens in
 * another instance is found at the next look.
 */
export interface Waiting {
  /** Something has happened, and is committed, at which those who wait for `topic` should look. */
  tell(topic: string): void;
  /** Hears of every topic that `tell` names, at once, and must neither throw nor take long. Returns what ends that. */
  listen(hear: (topic: string) => void): () => void;
  /** Looks until `look` gives something, at most for `waitMs`; undefined when it never did. */
  until<T>(options: WaitOptions, look: () => Promise<T | undefined>): Promise<T | undefined>;
}

const lookAgainMs = 500;

export function createWaiting(clock: Clock): Waiting {
  const waiters = new Map<string, Set<() => void>>();
  const listeners = new Set<(topic: string) => void>();

  function join(topic: string, wake: () => void): void {
    const others = waiters.get(topic);
    if (others) others.add(wake);
    else waiters.set(topic, new Set([wake]));
  }

  function leave(topic: string, wake: () => void): void {
    const others = waiters.get(topic);
    others?.delete(wake);
    if (others?.size === 0) waiters.delete(topic);
  }

  return {
    tell(topic) {
      for (const wake of waiters.get(topic) ?? []) wake();
      for (const hear of listeners) hear(topic);
    },
    listen(hear) {
      listeners.add(hear);
      return () => {
        listeners.delete(hear);
      };
    },
    async until({ topics, waitMs, signal }, look) {
      const endsAt = clock.elapsedMs() + waitMs;
      const wakeUp = createWakeUp(clock);
      for (const topic of topics) join(topic, wakeUp.wake);
      try {
        for (;;) {
          const found = await look();
          const leftMs = endsAt - clock.elapsedMs();
          if (found !== undefined || leftMs <= 0) return found;
          await wakeUp.wait(Math.min(leftMs, lookAgainMs), signal);
          // who has gone takes nothing with them
          if (signal.aborted) return undefined;
        }
      } finally {
        for (const topic of topics) leave(topic, wakeUp.wake);
      }
    },
  };
}

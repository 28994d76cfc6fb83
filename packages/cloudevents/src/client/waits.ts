import type { Clock } from '@fanfare/core';

/** Waits that can all be ended at once. */
export interface Waits {
  /** Whether the whole time passed: false when `signal` aborted or `close` was called first. */
  wait(ms: number, signal?: AbortSignal): Promise<boolean>;
  close(): void;
}

export function createWaits(clock: Pick<Clock, 'sleep'>): Waits {
  const waiting = new Set<AbortController>();
  let isClosed = false;

  return {
    async wait(ms, signal) {
      if (isClosed || signal?.aborted) return false;
      const wake = new AbortController();
      const end = () => {
        wake.abort();
      };
      waiting.add(wake);
      signal?.addEventListener('abort', end, { once: true });
      await clock.sleep(ms, wake.signal);
      signal?.removeEventListener('abort', end);
      waiting.delete(wake);
      return !wake.signal.aborted;
    },
    close() {
      isClosed = true;
      for (const wake of waiting) wake.abort();
    },
  };
}

import type { Clock } from './clock';

/** Lets a loop rest until there is work, and misses none that came while it worked. */
export interface WakeUp {
  /** Ends the rest that is under way, or the next one. */
  readonly wake: () => void;
  /** Resolves when woken, when `maxMs` are over, or when `signal` aborts. */
  wait(maxMs: number, signal: AbortSignal): Promise<void>;
  /** Whether the next rest ends at once. */
  readonly isWoken: boolean;
}

export function createWakeUp(clock: Clock): WakeUp {
  let isWoken = false;
  let resting: AbortController | undefined;
  return {
    get isWoken() {
      return isWoken;
    },
    wake() {
      isWoken = true;
      resting?.abort();
    },
    async wait(maxMs, signal) {
      if (!isWoken) {
        resting = new AbortController();
        const stop = resting;
        const onAbort = () => {
          stop.abort();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        if (!signal.aborted) await clock.sleep(maxMs, resting.signal);
        signal.removeEventListener('abort', onAbort);
        resting = undefined;
      }
      isWoken = false;
    },
  };
}

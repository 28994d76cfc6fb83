import type { Clock } from '@fanfare/core';
import type { WindowCount } from '../../window-counter';

export interface MemoryWindowCounterOptions {
  readonly clock: Clock;
  readonly windowMs: number;
  /** Beyond so many keys the one whose window is the oldest is forgotten, and begins anew. */
  readonly maxKeys: number;
}

/** A `WindowCounter` of which it is certain that nobody has to wait for it. */
export interface MemoryWindowCounter {
  count(key: string): WindowCount;
  close(): Promise<void>;
}

interface Window {
  count: number;
  readonly endsAtMs: number;
}

/** Counts in this process. */
export function createMemoryWindowCounter(options: MemoryWindowCounterOptions): MemoryWindowCounter {
  const { clock, windowMs, maxKeys } = options;
  // a Map keeps the order of insertion, and all windows are equally long: the first is the first to end
  const windows = new Map<string, Window>();

  function forget(nowMs: number): void {
    for (const [key, { endsAtMs }] of windows) {
      if (endsAtMs > nowMs && windows.size < maxKeys) return;
      windows.delete(key);
    }
  }

  return {
    count(key) {
      // whole milliseconds, as servers count: with fractions, a window could seem longer than it is by rounding
      const nowMs = Math.floor(clock.elapsedMs());
      let window = windows.get(key);
      if (window === undefined || window.endsAtMs <= nowMs) {
        windows.delete(key);
        forget(nowMs);
        window = { count: 0, endsAtMs: nowMs + windowMs };
        windows.set(key, window);
      }
      window.count += 1;
      return { count: window.count, endsInMs: window.endsAtMs - nowMs };
    },
    async close() {
      windows.clear();
    },
  };
}

/** A timer that was set on a clock. */
export interface Timer {
  /** Stops the timer. Harmless when it has fired or was cancelled. */
  cancel(): void;
}

/** The only source of time: whatever waits or reads the time is handed one, so that tests can turn the hands. */
export interface Clock {
  now(): Date;
  /** Milliseconds from an arbitrary start, never going back; for measuring durations. */
  elapsedMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts: the caller looks at the signal, nothing is thrown. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `ms`. A pending timer does not keep the process alive. */
  setTimer(ms: number, action: () => void): Timer;
}

/** The clock of the machine. */
export function createSystemClock(): Clock {
  return {
    now: () => new Date(),
    elapsedMs: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const finish = () => {
          clearTimeout(timeout);
          signal?.removeEventListener('abort', finish);
          resolve();
        };
        const timeout = setTimeout(finish, ms);
        signal?.addEventListener('abort', finish, { once: true });
      }),
    setTimer: (ms, action) => {
      const timeout = setTimeout(action, ms);
      timeout.unref();
      return {
        cancel: () => {
          clearTimeout(timeout);
        },
      };
    },
  };
}

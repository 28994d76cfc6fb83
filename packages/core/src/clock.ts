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
          timer.cancel();
          signal?.removeEventListener('abort', finish);
          resolve();
        };
        const timer = startTimer(ms, finish);
        signal?.addEventListener('abort', finish, { once: true });
      }),
    setTimer: (ms, action) => startTimer(ms, action, { isBackground: true }),
  };
}

/** What fits into Node's timers, 24 days: one with a longer delay would fire at once. */
const longestStepMs = 2 ** 31 - 1;

function startTimer(ms: number, action: () => void, { isBackground = false } = {}): Timer {
  let timeout: NodeJS.Timeout | undefined;
  const wait = (leftMs: number) => {
    const waitOn = () => {
      wait(leftMs - longestStepMs);
    };
    timeout = setTimeout(leftMs > longestStepMs ? waitOn : action, Math.min(leftMs, longestStepMs));
    if (isBackground) timeout.unref();
  };
  wait(ms);
  return {
    cancel: () => {
      clearTimeout(timeout);
    },
  };
}

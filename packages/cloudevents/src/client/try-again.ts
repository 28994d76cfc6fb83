import { computeBackoffDelayMs, type BackoffPolicy, type Clock } from '@fanfare/core';
import type { CallOptions } from './client';
import { isAck, isNack, type Result } from './result';
import { createWaits } from './waits';

export interface TryAgainOptions {
  readonly maxAttempts: number;
  readonly deadlineMs: number;
  readonly backoff: BackoffPolicy;
  /** Of one try that does not say so itself. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
}

/** What is tried: each try is handed its options, and `resultOf` says how it went. */
export interface Attempt<T> {
  readonly run: (call: CallOptions) => Promise<T>;
  readonly resultOf: (value: T) => Result;
}

/** Runs an attempt until its result is final, and returns what the last try returned. */
export interface TryAgain {
  <T>(attempt: Attempt<T>, call: CallOptions): Promise<T>;
  /** Ends the waits; what they waited for is not tried again. */
  close(): void;
}

/** No try begins after the deadline, none lasts beyond it, and no wait is begun that would. */
export function createTryAgain(options: TryAgainOptions): TryAgain {
  const { maxAttempts, deadlineMs, backoff, timeoutMs, clock, random } = options;
  const waits = createWaits(clock);

  function chooseDelayMs(result: Result, tries: number): number {
    const askedMs = isNack(result) ? (result.retryAfterMs ?? 0) : 0;
    return Math.max(computeBackoffDelayMs(tries, backoff, random), askedMs);
  }

  async function tryAgain<T>({ run, resultOf }: Attempt<T>, call: CallOptions): Promise<T> {
    const startedMs = clock.elapsedMs();
    const leftMs = () => startedMs + deadlineMs - clock.elapsedMs();
    for (let tries = 1; ; tries += 1) {
      const value = await run({ ...call, timeoutMs: Math.min(call.timeoutMs ?? timeoutMs, leftMs()) });
      const result = resultOf(value);
      if (isAck(result) || !result.retryable || tries >= maxAttempts) return value;
      const delayMs = chooseDelayMs(result, tries);
      if (delayMs >= leftMs() || !(await waits.wait(delayMs, call.signal))) return value;
    }
  }
  return Object.assign(tryAgain, {
    close: () => {
      waits.close();
    },
  });
}

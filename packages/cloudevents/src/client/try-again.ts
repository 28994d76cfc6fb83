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

/** What is tried: each try is handed its options, and `resultsOf` says how it went, for each event of it. */
export interface Attempt<T> {
  readonly run: (call: CallOptions) => Promise<T>;
  readonly resultsOf: (value: T) => readonly Result[];
}

/** A mistyped URL, an event that the receiver has already: what is retryable by its status, but not soon. */
const lasting: readonly number[] = [404, 409];

/** Whether the next try may go better: nobody answered, 408, 425, 429 or 5xx. */
export function isWorthAnotherTry(result: Result): boolean {
  if (isAck(result) || !result.retryable) return false;
  return !isNack(result) || !lasting.includes(result.status);
}

/** Runs an attempt until no result of it is worth another try, and returns what the last one returned. */
export interface TryAgain {
  <T>(attempt: Attempt<T>, call: CallOptions): Promise<T>;
  /** Ends the waits; what they waited for is not tried again. */
  close(): void;
}

/** No try begins after the deadline, none lasts beyond it, and no wait is begun that would. */
export function createTryAgain(options: TryAgainOptions): TryAgain {
  const { maxAttempts, deadlineMs, backoff, timeoutMs, clock, random } = options;
  const waits = createWaits(clock);

  function chooseDelayMs(results: readonly Result[], tries: number): number {
    const ownMs = computeBackoffDelayMs(tries, backoff, random);
    return results.filter(isNack).reduce((ms, { retryAfterMs = 0 }) => Math.max(ms, retryAfterMs), ownMs);
  }

  async function tryAgain<T>({ run, resultsOf }: Attempt<T>, call: CallOptions): Promise<T> {
    const startedMs = clock.elapsedMs();
    const leftMs = () => startedMs + deadlineMs - clock.elapsedMs();
    for (let tries = 1; ; tries += 1) {
      const value = await run({ ...call, timeoutMs: Math.min(call.timeoutMs ?? timeoutMs, leftMs()) });
      const open = resultsOf(value).filter(isWorthAnotherTry);
      if (open.length === 0 || tries >= maxAttempts) return value;
      const delayMs = chooseDelayMs(open, tries);
      if (delayMs >= leftMs() || !(await waits.wait(delayMs, call.signal))) return value;
    }
  }
  return Object.assign(tryAgain, {
    close: () => {
      waits.close();
    },
  });
}

import { computeBackoffDelayMs, type BackoffPolicy } from './backoff';
import type { Clock } from './clock';

export interface KeepTryingOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly backoff?: BackoffPolicy;
  /** Told of each failure and the delay before the next try. */
  readonly onFailure?: (error: unknown, delayMs: number) => void;
  /** Errors for which it returns false end the trying and are thrown. Default: all are tried again. */
  readonly isRetryable?: (error: unknown) => boolean;
}

const defaultBackoff: BackoffPolicy = { firstMs: 100, maxMs: 5_000 };

/**
 * Runs `action` until it succeeds, with growing, jittered delays, and returns what it returned.
 * Returns undefined when `signal` aborts first. Throws only an error that is not retryable.
 */
export async function keepTrying<T>(
  action: () => Promise<T>,
  { clock, signal, backoff = defaultBackoff, onFailure, isRetryable }: KeepTryingOptions,
): Promise<T | undefined> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await action();
    } catch (error) {
      if (isRetryable && !isRetryable(error)) throw error;
      const delayMs = computeBackoffDelayMs(failures, backoff);
      onFailure?.(error, delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
  return undefined;
}

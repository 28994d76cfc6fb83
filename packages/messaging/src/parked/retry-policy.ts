import { AppError, PermanentError, computeBackoffDelayMs, type BackoffPolicy } from '@fanfare/core';

/** How often and when a failing event is tried again. */
export interface RetryPolicy {
  /** Attempts in all, before an event is a dead letter. */
  readonly maxAttempts: number;
  readonly backoff: BackoffPolicy;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 10,
  backoff: { firstMs: 100, maxMs: 300_000 },
};

/** What a failed attempt means for the event. */
export interface Verdict {
  readonly attempts: number;
  /** Null: no further try, a dead letter. */
  readonly nextAttemptAt: Date | null;
  readonly reason: string;
}

/** Judges the attempt number `attempts` (from 1), which failed with `error`. */
export function judgeFailure(error: unknown, attempts: number, now: Date, policy: RetryPolicy): Verdict {
  const isFinal = error instanceof PermanentError || attempts >= policy.maxAttempts;
  const delayMs = isFinal ? 0 : computeBackoffDelayMs(attempts, policy.backoff);
  return {
    attempts,
    nextAttemptAt: isFinal ? null : new Date(now.getTime() + delayMs),
    reason: describeFailure(error),
  };
}

/** One line for people: the message with those of its causes. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const label = error instanceof AppError ? `${error.code}: ${error.message}` : error.message;
  return error.cause instanceof Error ? `${label} (${describeFailure(error.cause)})` : label;
}

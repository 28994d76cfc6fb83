import { computeBackoffDelayMs } from '@fanfare/core';
import { z } from 'zod';
import type { Failure } from './failure';

/** How often something is tried, and how long after a failed try it is tried again. */
export interface RetryPolicy {
  readonly max_attempts: number;
  readonly delay_ms: number;
  readonly factor: number;
  readonly max_delay_ms: number;
}

const hour = 60 * 60 * 1000;

/** The policy of a request; `maxAttempts` is RETRY_COUNT. */
export function retryPolicySchema(maxAttempts: number) {
  return z.strictObject({
    max_attempts: z.int().min(1).max(1_000).default(maxAttempts),
    delay_ms: z
      .int()
      .min(0)
      .max(24 * hour)
      .default(1_000),
    factor: z.number().min(1).max(100).default(2),
    max_delay_ms: z
      .int()
      .min(0)
      .max(24 * hour)
      .default(30_000),
  });
}

/** Milliseconds until the next try after `failures` failed ones; null when there was the last. */
export function planNextTry(policy: RetryPolicy, failures: number, random?: () => number): number | null {
  if (failures >= policy.max_attempts) return null;
  const { delay_ms: firstMs, max_delay_ms: maxMs, factor } = policy;
  return computeBackoffDelayMs(failures, { firstMs, maxMs, factor }, random);
}

/** A try that failed, and what the next one is planned by. */
export interface TryFailure {
  readonly error: Failure;
  readonly retry: RetryPolicy;
  readonly at: Date;
  readonly random: () => number;
}

/** When the next try begins after `failures` failed ones; null when there was the last, or none would change anything. */
export function nextTryAt({ error, retry, at, random }: TryFailure, failures: number): Date | null {
  const delayMs = error.retryable ? planNextTry(retry, failures, random) : null;
  return delayMs === null ? null : new Date(at.getTime() + delayMs);
}

/** What comes by itself in work that is with a handler: the end of the try under way, or the next try. */
export interface TryDue {
  readonly waitsFor: 'answer' | 'retry';
  readonly at: Date;
}

import type { RetryTiming } from '../observers/observer';
import type { Failed } from './outcome';

/** A receiver that names a time is waited for no longer. */
export const longestRetryAfterMs = 60 * 60 * 1_000;

/**
 * How long to wait before the next attempt after `attempts` failed ones; null when there is none. The delay grows by the
 * observer's factor, and a random half of it is left out, so that what failed together does not come back together; a
 * receiver that names a time is waited for, but no longer than an hour.
 */
export function planRetry(
  { maxAttempts, delayMs, factor, maxDelayMs }: RetryTiming,
  attempts: number,
  { fault, retryAfterMs }: Pick<Failed, 'fault' | 'retryAfterMs'>,
  random: () => number,
): number | null {
  if (fault === 'event' || attempts >= maxAttempts) return null;
  const fullMs = Math.min(maxDelayMs, delayMs * factor ** (attempts - 1));
  const wantedMs = Math.min(retryAfterMs ?? 0, longestRetryAfterMs);
  return Math.max(wantedMs, Math.round(fullMs * (0.5 + random() / 2)));
}

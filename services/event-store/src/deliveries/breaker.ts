import { longestRetryAfterMs } from './plan-retry';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** A circuit breaker of one observer (M. Nygard, "Release It!", 2007), as it is kept. */
export interface Breaker {
  readonly state: BreakerState;
  /** Failures in a row. */
  readonly failureCount: number;
  readonly successCount: number;
  readonly lastFailureAt: Date | null;
  /** The first failure of this outage: after the last success, or after a long time in which nothing was tried; null for none. */
  readonly failingSince: Date | null;
  /** When the next attempt is allowed; null while it is closed. */
  readonly nextAttemptAt: Date | null;
}

export interface BreakerSettings {
  /** It opens after so many failures in a row. */
  readonly failures: number;
  /** Then nothing is tried for so long. */
  readonly openMs: number;
  /** The longest time until a failed event is tried again, unless the receiver asks for more. */
  readonly maxDelayMs: number;
}

export const closedBreaker: Breaker = {
  state: 'closed',
  failureCount: 0,
  successCount: 0,
  lastFailureAt: null,
  failingSince: null,
  nextAttemptAt: null,
};

/** The breaker as it is at a time: an open one lets a single probe through when its time is over. */
export function breakerAt(breaker: Breaker, now: Date): Breaker {
  const isDue = breaker.state === 'open' && breaker.nextAttemptAt !== null && breaker.nextAttemptAt <= now;
  return isDue ? { ...breaker, state: 'half-open' } : breaker;
}

/** Any success closes it: whoever answers is back. */
export function afterSuccess(breaker: Breaker): Breaker {
  return {
    ...breaker,
    state: 'closed',
    failureCount: 0,
    successCount: breaker.successCount + 1,
    failingSince: null,
    nextAttemptAt: null,
  };
}

/** The failure of a probe opens it again; those of attempts that were under way when it opened prolong nothing. */
export function afterFailure(breaker: Breaker, settings: BreakerSettings, now: Date): Breaker {
  const { state } = breakerAt(breaker, now);
  const failed = {
    ...breaker,
    failureCount: breaker.failureCount + 1,
    lastFailureAt: now,
    failingSince: isSameOutage(breaker, settings, now) ? breaker.failingSince : now,
  };
  if (state === 'open') return failed;
  if (state === 'closed' && failed.failureCount < settings.failures) return failed;
  return { ...failed, state: 'open', nextAttemptAt: new Date(now.getTime() + settings.openMs) };
}

/** Whoever was not asked for longer than that may have been well meanwhile: there was nothing for it, or this service was stopped. */
function isSameOutage(
  { failingSince, lastFailureAt }: Breaker,
  { openMs, maxDelayMs }: BreakerSettings,
  now: Date,
): boolean {
  if (failingSince === null || lastFailureAt === null) return false;
  return now.getTime() - lastFailureAt.getTime() <= Math.max(openMs, maxDelayMs) + longestRetryAfterMs;
}

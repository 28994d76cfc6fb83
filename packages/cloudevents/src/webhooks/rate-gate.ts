import { createSystemClock, type Clock } from '@fanfare/core';

/** Requests per minute that a receiver takes. */
export type AllowedRate = number | 'unlimited';

/**
 * Resolves when it is the caller's turn, in the order of the calls; at once when `signal` aborts, with the turn spent:
 * the caller looks at the signal.
 */
export type RateGate = (signal?: AbortSignal) => Promise<void>;

/**
 * Spaces what passes evenly, so that no minute sees more than the rate that was granted. Delays, and never drops: the
 * caller bounds how many it lets wait.
 */
export function createRateGate(
  ratePerMinute: AllowedRate,
  clock: Pick<Clock, 'elapsedMs' | 'sleep'> = createSystemClock(),
): RateGate {
  if (ratePerMinute === 'unlimited') return () => Promise.resolve();
  const spacingMs = 60_000 / ratePerMinute;
  let nextTurnMs = clock.elapsedMs();
  return async function waitForTurn(signal) {
    const nowMs = clock.elapsedMs();
    const turnMs = Math.max(nowMs, nextTurnMs);
    nextTurnMs = turnMs + spacingMs;
    if (turnMs > nowMs) await clock.sleep(turnMs - nowMs, signal);
  };
}

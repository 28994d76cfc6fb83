import type { Clock } from '@fanfare/core';

/** Whether one more may pass now. */
export type LimitRate = () => boolean;

/** Lets at most so many pass within each second. */
export function limitRate(perSecond: number, clock: Pick<Clock, 'elapsedMs'>): LimitRate {
  let second = 0;
  let passed = 0;
  return () => {
    const now = Math.floor(clock.elapsedMs() / 1_000);
    if (now !== second) [second, passed] = [now, 0];
    passed += 1;
    return passed <= perSecond;
  };
}

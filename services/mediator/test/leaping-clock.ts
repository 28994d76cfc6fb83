import { createVirtualClock, type VirtualClock } from '@fanfare/core';

/** A virtual clock that can also be set: the time between has not been waited for by anybody. */
export interface LeapingClock extends VirtualClock {
  leap(ms: number): void;
}

export function createLeapingClock(start: Date): LeapingClock {
  const clock = createVirtualClock(start);
  let leaptMs = 0;
  return {
    ...clock,
    now: () => new Date(clock.now().getTime() + leaptMs),
    leap: (ms) => void (leaptMs += ms),
    get pending() {
      return clock.pending;
    },
  };
}

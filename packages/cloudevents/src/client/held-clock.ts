import type { Clock } from '@fanfare/core';

/** A clock that can be held for a while: for many events at once, to ask it for each takes longer than to write its time down. */
export interface HeldClock extends Pick<Clock, 'now'> {
  /** Does something for which no time passes. */
  hold<T>(work: () => T): T;
}

export function createHeldClock(clock: Pick<Clock, 'now'>): HeldClock {
  let held: Date | undefined;
  return {
    now: () => held ?? clock.now(),
    hold(work) {
      held = clock.now();
      try {
        return work();
      } finally {
        held = undefined;
      }
    },
  };
}

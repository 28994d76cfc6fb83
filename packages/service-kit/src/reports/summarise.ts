import type { Clock, Timer } from '@fanfare/core';

/** Passes items on no more often than people can read. */
export interface Summary<Item> {
  readonly add: (item: Item) => void;
  /** Passes on what waits. */
  readonly flush: () => void;
}

/**
 * Tells of the first item at once; of those that follow within `everyMs` only of the last, when the time is over, and how
 * many there were.
 */
export function summarise<Item>(
  clock: Pick<Clock, 'setTimer'>,
  everyMs: number,
  tell: (item: Item, count: number) => void,
): Summary<Item> {
  let waiting: { item: Item; count: number } | undefined;
  let resting: Timer | undefined;

  function tellAndRest(item: Item, count: number): void {
    resting = clock.setTimer(everyMs, () => {
      resting = undefined;
      flush();
    });
    tell(item, count);
  }

  function flush(): void {
    if (!waiting) return;
    const { item, count } = waiting;
    waiting = undefined;
    resting?.cancel();
    tellAndRest(item, count);
  }

  return {
    flush,
    add(item) {
      if (resting) waiting = { item, count: (waiting?.count ?? 0) + 1 };
      else tellAndRest(item, 1);
    },
  };
}

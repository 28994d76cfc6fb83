import type { Clock, Timer } from '@fanfare/core';

export interface BatchesOptions<Item> {
  /** Null: each item is a batch of its own. */
  readonly batch: { readonly size: number; readonly waitMs: number } | null;
  readonly clock: Clock;
  readonly send: (items: readonly Item[]) => void;
}

/** Gathers items until there are enough of them, or the first has waited long enough. */
export function createBatches<Item>({ batch, clock, send }: BatchesOptions<Item>) {
  const { size, waitMs } = batch ?? { size: 1, waitMs: 0 };
  let gathered: Item[] = [];
  let timer: Timer | undefined;

  function sendGathered(): void {
    timer?.cancel();
    timer = undefined;
    const items = gathered;
    gathered = [];
    if (items.length > 0) send(items);
  }

  return {
    add(item: Item): void {
      gathered.push(item);
      if (gathered.length >= size) sendGathered();
      else timer ??= clock.setTimer(waitMs, sendGathered);
    },
    /** Forgets what was not sent. */
    drop(): void {
      gathered = [];
      timer?.cancel();
    },
  };
}

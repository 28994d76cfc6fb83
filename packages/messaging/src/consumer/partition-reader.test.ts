import { createVirtualClock } from '@fanfare/core';
import type { Feed } from '../feed/feed';
import { messageOf } from '../testing/consumer/consumer-fixture';
import { observe, orderCreatedEvent } from '../testing/messaging-fixture';
import { createPartitionReader } from './partition-reader';
import { reachedBy } from './plan-batch';

const place = { group: 'group', topic: 'orders', partition: 0 };

/** A reader of a log that ends at `head` and gives three events a page, without those of `lost`. */
function openReader({ head, lost = [] }: { head: number; lost?: readonly number[] }) {
  const stop = new AbortController();
  const observer = observe();
  const seen = { applied: 0, counted: 0, onApplied: (): void => undefined };
  const feed: Feed = {
    async read(partition, from, limit) {
      const isKept = (sequence: number) => sequence <= head && !lost.includes(sequence);
      let firstSequence = from;
      while (firstSequence <= head && !isKept(firstSequence)) firstSequence += 1;
      const events = [];
      for (let at = firstSequence; isKept(at) && events.length < Math.min(3, limit); at += 1)
        events.push(orderCreatedEvent(`o-${at}`));
      return {
        ...place,
        partition,
        firstSequence,
        head,
        events,
      };
    },
  };
  const reader = createPartitionReader({
    ...place,
    clock: createVirtualClock(),
    feed,
    observer,
    cursor: {
      load: async () => seen.applied,
      countFilledGap: async (events) => void (seen.counted += events),
      skipLost: async (_, to) => void (seen.applied = to),
    },
    applier: {
      async apply(items, applied) {
        seen.applied = reachedBy(items, applied);
        seen.onApplied();
        return seen.applied;
      },
      forget: () => undefined,
    },
  });
  return { reader, seen, observer, stop };
}

describe('a group that is behind by many pages and is told to stop', () => {
  it('ends after the page under way when it catches up, and has counted what it applied', async () => {
    const { reader, seen, observer, stop } = openReader({ head: 9 });
    seen.onApplied = () => {
      stop.abort();
    };

    await reader.catchUp(stop.signal);

    expect(seen).toMatchObject({ applied: 3, counted: 3 });
    expect(observer.filled).toMatchObject([{ from: 1, to: 3, cause: 'catch_up' }]);
  });

  it('ends so when it fills a gap, and hands back the delivery behind it', async () => {
    const { reader, seen, observer, stop } = openReader({ head: 10 });
    seen.onApplied = () => {
      stop.abort();
    };

    const taken = reader.take([messageOf([orderCreatedEvent('o-10')], 10)], stop.signal);

    await expect(taken).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toMatchObject({ applied: 3, counted: 3 });
    expect(observer).toMatchObject({ filled: [{ from: 1, to: 3, cause: 'delivery' }], waits: [] });
  });

  it('begins with no page when it was told before', async () => {
    const { reader, seen, stop } = openReader({ head: 9 });
    stop.abort();

    await reader.catchUp(stop.signal);

    expect(seen.applied).toBe(0);
  });
});

describe('a gap of which the owner no longer has all', () => {
  it('counts as filled what was there, and nothing that is lost', async () => {
    const { reader, seen, observer, stop } = openReader({ head: 6, lost: [1, 2, 5] });

    await reader.catchUp(stop.signal);

    expect(seen).toMatchObject({ applied: 6, counted: 3 });
    expect(observer).toMatchObject({
      lost: [
        { from: 1, to: 2 },
        { from: 5, to: 5 },
      ],
      filled: [
        { from: 3, to: 4 },
        { from: 6, to: 6 },
      ],
    });
  });
});

import { AppError, createVirtualClock } from '@fanfare/core';
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
  const owner = { isAway: false, isSilent: false };
  const feed: Feed = {
    async read(partition, from, limit, signal) {
      if (owner.isAway) throw new AppError('unavailable', 'the owner is away');
      if (owner.isSilent) await answerNothing(signal);
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
  return { reader, seen, observer, owner, stop };
}

const answerNothing = (until?: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const give = () => {
      reject(new AppError('unavailable', 'no answer yet'));
    };
    if (until?.aborted) give();
    until?.addEventListener('abort', give);
  });

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

describe('a group that waits for an owner that does not answer, and is told to stop', () => {
  it('hands back what it was to apply', async () => {
    const { reader, owner, observer, stop } = openReader({ head: 10 });
    owner.isSilent = true;
    const taken = reader.take([messageOf([orderCreatedEvent('o-10')], 10)], stop.signal);

    stop.abort();

    await expect(taken).rejects.toMatchObject({ name: 'AbortError' });
    expect(observer.waits).toEqual([]);
  });

  it('catches up no further', async () => {
    const { reader, owner, stop } = openReader({ head: 9 });
    owner.isSilent = true;
    const caughtUp = reader.catchUp(stop.signal);

    stop.abort();

    await expect(caughtUp).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a group whose owner goes away while it catches up', () => {
  it('has counted what it applied before', async () => {
    const { reader, seen, owner, observer, stop } = openReader({ head: 9 });
    seen.onApplied = () => {
      owner.isAway = true;
    };

    await expect(reader.catchUp(stop.signal)).rejects.toMatchObject({ code: 'unavailable' });

    // the second page had been asked for before the first was applied
    expect(seen).toMatchObject({ applied: 6, counted: 6 });
    expect(observer.filled).toMatchObject([{ from: 1, to: 6, cause: 'catch_up' }]);
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

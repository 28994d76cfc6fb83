import { once } from 'node:events';
import { createVirtualClock } from '@fanfare/core';
import { observe } from '../testing/messaging-fixture';
import { watchForStalls } from './watch-for-stalls';

const place = { group: 'analytics', topic: 'orders', partition: 0 };

/** Watches a group that has applied `applied` events beside an owner whose feed ends at `head`. */
function watch({ applied = 5, head = 5, owned }: { applied?: number; head?: number; owned?: number }) {
  const stop = new AbortController();
  const clock = createVirtualClock();
  const observer = observe();
  const seen = { applied, caughtUp: 0 };
  const owner = { isSilent: false };
  const running = watchForStalls({
    ...place,
    clock,
    observer,
    partitions: 1,
    cursor: {
      load: async () => seen.applied,
      countFilledGap: async () => undefined,
      skipLost: async () => undefined,
    },
    reader: {
      take: async () => undefined,
      async catchUp(signal) {
        expect(signal).toBe(stop.signal);
        seen.caughtUp += 1;
        seen.applied = head;
      },
    },
    feed: {
      async read(_, from, _limit, signal) {
        if (owner.isSilent && signal)
          await once(signal, 'abort').then(() => Promise.reject(new Error('no answer')));
        return { ...place, partitions: owned, firstSequence: from, head, events: [] };
      },
    },
    feedCheckMs: 60_000,
    signal: stop.signal,
  });
  return {
    clock,
    observer,
    seen,
    owner,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

describe('the watch over a group', () => {
  it('says within a second that the owner has another number of partitions, and reads on all the same', async () => {
    const { clock, observer, seen, stop } = watch({ applied: 0, owned: 4 });

    await clock.advance(999);
    await stop();

    const problem =
      'this group is set to 1 partitions, the owner of orders has 4: set them alike (ORDERS_PARTITIONS=4)';
    expect(new Set(observer.mismatches)).toEqual(new Set([problem]));
    expect(seen).toMatchObject({ applied: 5, caughtUp: 1 });
  });

  it('says it also of a group that moves', async () => {
    const { clock, observer, seen, stop } = watch({ owned: 4 });

    await clock.advance(100);
    seen.applied = 2;
    await clock.advance(200);
    await stop();

    expect(observer.mismatches).toHaveLength(1);
    expect(seen.caughtUp).toBe(0);
  });

  it('says at each look that the log of the owner ends before what the group has applied', async () => {
    const { clock, observer, stop } = watch({ applied: 1_000, head: 900 });

    await clock.advance(800);
    await stop();

    expect(observer.mismatches).toEqual([
      expect.stringMatching(/^the log of orders\/0 ends at 900, before 1000, .* set back.* topic_counters/),
      expect.stringContaining('docs/runbook.md'),
    ]);
  });

  it('ends with the group, though an owner that it has asked does not answer, and says nothing of that', async () => {
    const { clock, owner, observer, stop } = watch({});
    owner.isSilent = true;
    await clock.advance(1_000);

    await stop();

    expect(observer.waits).toEqual([]);
  });

  it.each([
    ['fits', 1],
    ['does not say how many partitions it has', undefined],
  ])('says nothing of an owner that %s', async (_, owned) => {
    const { clock, observer, stop } = watch({ applied: 4, ...(owned !== undefined && { owned }) });

    await clock.advance(120_000);
    await stop();

    expect(observer).toMatchObject({ mismatches: [], waits: [] });
  });
});

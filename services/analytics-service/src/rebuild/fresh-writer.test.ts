import type { CloudEvent } from '@fanfare/contracts';
import type { Transact } from '@fanfare/storage';
import { orderPlacedEvent } from '../../test/samples';
import type { FreshCounts } from './fresh-counts';
import { createFreshWriter, nothingReached } from './fresh-writer';

describe('what a rebuild reads of the topic', () => {
  const topic = [1, 2].map(() => Array.from({ length: 2_500 }, (_, index) => orderPlacedEvent(`o-${index}`)));

  /** The writer beside a topic of two partitions, which keeps its events from `firstSequence` on. */
  function openWriter(firstSequence = 1) {
    const added: number[] = [];
    const fresh: FreshCounts = {
      add: async (_, logged) => {
        added.push(logged.length);
        return { skippedErased: 0, skippedOther: 0, keptOrders: 0 };
      },
      takeOver: async () => ({ keptOrders: 0, last: undefined }),
      countEarly: () => 0,
    };
    const writer = createFreshWriter({
      fresh,
      rebuilds: { advance: async () => undefined },
      holder: { id: 'r-1', fence: 1 },
      log: { find: async () => null },
      feed: {
        async read(partition, from, limit) {
          const start = Math.max(from, firstSequence);
          // an owner may give more than it was asked for
          const events: CloudEvent[] = topic[partition]?.slice(start - 1, start + limit + 100) ?? [];
          return { topic: 'orders', partition, firstSequence: start, head: 2_500, events };
        },
      },
    });
    return { writer, added };
  }

  const transact = ((work: (tx: object) => unknown) => work({ queries: {} })) as Transact;
  const from = { ...nothingReached, isLogComplete: true };

  it('is all that the group has applied in each partition, and nothing beyond', async () => {
    const { writer, added } = openWriter();
    const applied = new Map([
      [0, 1_500],
      [1, 20],
    ]);

    const reached = await writer.followTo(transact, from, { applied, foreignIds: [] });

    expect(reached).toMatchObject({ followed: applied, processed: 1_520 });
    expect(added.reduce((sum, count) => sum + count)).toBe(1_520);
    expect(await writer.followTo(transact, reached, { applied, foreignIds: [] })).toEqual(reached);
  });

  it('begins after what the event log has', async () => {
    const { writer, added } = openWriter(1_000);
    const followed = new Map([[0, 1_200]]);

    await writer.followTo(
      transact,
      { ...from, followed },
      { applied: new Map([[0, 1_203]]), foreignIds: [] },
    );

    expect(added).toEqual([3]);
  });

  it('is awaited when neither log holds it now', async () => {
    const { writer } = openWriter(1_000);

    const following = writer.followTo(transact, from, { applied: new Map([[0, 1_203]]), foreignIds: [] });

    await expect(following).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('leaves out an event without a sequence that a log which has refused events will never have', async () => {
    const { writer } = openWriter();
    const standing = { applied: new Map<number, number>(), foreignIds: ['e-1'] };

    const awaited = writer.followTo(transact, from, standing);
    const passed = await writer.followTo(transact, { ...from, isLogComplete: false }, standing);

    await expect(awaited).rejects.toMatchObject({ code: 'unavailable' });
    expect(passed.foreign).toEqual(new Set(['e-1']));
  });
});

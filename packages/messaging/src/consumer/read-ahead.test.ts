import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '@fanfare/core';
import type { Feed } from '../feed/feed';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { readAhead, type DecodedPage } from './read-ahead';

interface FeedOfOrders extends Feed {
  /** From where on each page was asked for. */
  readonly asked: number[];
  isAway: boolean;
}

/** A feed that keeps the events from `oldest` to `head`, and gives at most so many at a time. */
function feedOf({ oldest = 1, head, most = 1_000 }: { oldest?: number; head: number; most?: number }) {
  const feed: FeedOfOrders = {
    asked: [],
    isAway: false,
    async read(partition, from, limit) {
      feed.asked.push(from);
      if (feed.isAway) throw new AppError('unavailable', 'the owner is away');
      const firstSequence = Math.max(from, oldest);
      const count = Math.max(0, Math.min(limit, most, head - firstSequence + 1));
      const events = Array.from({ length: count }, (_, index) =>
        orderCreatedEvent(`o-${firstSequence + index}`),
      );
      return {
        topic: 'orders',
        partition,
        firstSequence,
        head,
        events,
      };
    },
  };
  return feed;
}

const sequencesOf = (pages: readonly DecodedPage[]) =>
  pages.map(({ incoming }) => incoming.map(({ sequence }) => sequence));

const { signal } = new AbortController();
const stretch = (from: number, to: number) => ({ partition: 0, from, to, signal });

async function readAll(feed: Feed, from: number, to: number): Promise<DecodedPage[]> {
  const pages = [];
  for await (const page of readAhead(feed, stretch(from, to))) pages.push(page);
  return pages;
}

describe('a feed that is read ahead', () => {
  it('gives all that was asked for, page by page, and nothing beyond it', async () => {
    const feed = feedOf({ head: 9, most: 3 });

    expect(sequencesOf(await readAll(feed, 2, 8))).toEqual([[2, 3, 4], [5, 6, 7], [8]]);
    expect(feed.asked).toEqual([2, 5, 8]);
  });

  it('fetches the next page while one is being worked on, and no further', async () => {
    const feed = feedOf({ head: 9, most: 3 });
    const pages = readAhead(feed, stretch(1, 9));

    await pages.next();
    await nextTurn();

    expect(feed.asked).toEqual([1, 4]);
  });

  it('shows where events are no longer kept', async () => {
    const [page] = await readAll(feedOf({ oldest: 4, head: 5 }), 1, 5);

    expect(page).toMatchObject({ firstSequence: 4, incoming: [{ sequence: 4 }, { sequence: 5 }] });
  });

  it('says that the log ends before what was asked for', async () => {
    await expect(readAll(feedOf({ head: 3 }), 1, 5)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the log of orders/0 ends at 3, before 5',
    });
  });

  it('gives what it has before it says that the owner has gone', async () => {
    const feed = feedOf({ head: 9, most: 3 });
    const pages = readAhead(feed, stretch(1, 9));
    const first = pages.next();
    feed.isAway = true;

    expect(sequencesOf([(await first).value as DecodedPage])).toEqual([[1, 2, 3]]);
    await expect(pages.next()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('tells nobody of a page that is not taken any more', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const feed = feedOf({ head: 9, most: 3 });
    const pages = readAhead(feed, stretch(1, 9));
    const first = pages.next();
    feed.isAway = true;

    await first;
    await pages.return();
    await nextTurn();

    expect(feed.asked).toEqual([1, 4]);
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });
});

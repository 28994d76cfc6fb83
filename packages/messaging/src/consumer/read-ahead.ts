import { AppError } from '@fanfare/core';
import { decodeEvent, type Incoming } from '../events/event-codec';
import type { Feed } from '../feed/feed';

/** A page of a feed, each event checked against the catalogue. */
export interface DecodedPage {
  /** Greater than where the page before ended when events between them are no longer kept. */
  readonly firstSequence: number;
  readonly incoming: readonly Incoming[];
}

const pageSize = 1_000;

/**
 * Reads a partition of a feed from one sequence to another. While whoever takes the pages works on one, the next is fetched and
 * decoded.
 *
 * @throws AppError `unavailable` when the owner is away, or when its log ends before `to`
 */
export async function* readAhead(
  feed: Feed,
  partition: number,
  from: number,
  to: number,
): AsyncGenerator<DecodedPage, void> {
  let next = readPage(feed, partition, from, to);
  for (let at = from; at <= to;) {
    const page = await next;
    at = endOf(page);
    if (at <= to) {
      next = readPage(feed, partition, at, to);
      // who takes no further page is not told what became of it
      next.catch(() => undefined);
    }
    yield page;
  }
}

async function readPage(feed: Feed, partition: number, from: number, to: number): Promise<DecodedPage> {
  const { topic, head, firstSequence, events } = await feed.read(
    partition,
    from,
    Math.min(pageSize, to - from + 1),
  );
  const incoming = events.map((event, index) => decodeEvent(event, firstSequence + index));
  const page = { firstSequence, incoming };
  if (endOf(page) > from) return page;
  throw new AppError('unavailable', `the log of ${topic}/${partition} ends at ${head}, before ${to}`);
}

/** Where to read on: behind what has come, so that nothing is passed over. */
function endOf({ firstSequence, incoming }: DecodedPage): number {
  return firstSequence + incoming.length;
}

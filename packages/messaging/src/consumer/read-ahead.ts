import { AppError } from '@fanfare/core';
import { decodeEvent, type Incoming } from '../events/event-codec';
import type { Feed } from '../feed/feed';

/** A page of a feed, each event checked against the catalogue. */
export interface DecodedPage {
  /** Greater than where the page before ended when events between them are no longer kept. */
  readonly firstSequence: number;
  readonly incoming: readonly Incoming[];
}

/** What to read: the events of `partition` from one sequence to another, both included, until `signal` aborts. */
export interface Stretch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
}

const pageSize = 1_000;

/**
 * Reads a stretch of a feed. While whoever takes the pages works on one, the next is fetched and decoded.
 *
 * @throws AppError `unavailable` when the owner is away, when its log ends before the stretch, or when `signal` aborts
 */
export async function* readAhead(feed: Feed, stretch: Stretch): AsyncGenerator<DecodedPage, void> {
  const { from, to } = stretch;
  let next = readPage(feed, stretch);
  for (let at = from; at <= to;) {
    const page = await next;
    at = endOf(page);
    if (at <= to) {
      next = readPage(feed, { ...stretch, from: at });
      // who takes no further page is not told what became of it
      next.catch(() => undefined);
    }
    yield page;
  }
}

async function readPage(feed: Feed, { partition, from, to, signal }: Stretch): Promise<DecodedPage> {
  const limit = Math.min(pageSize, to - from + 1);
  const { topic, head, firstSequence, events } = await feed.read(partition, from, limit, signal);
  const incoming = events.map((event, index) => decodeEvent(event, firstSequence + index));
  const page = { firstSequence, incoming };
  if (endOf(page) > from) return page;
  throw new AppError('unavailable', `the log of ${topic}/${partition} ends at ${head}, before ${to}`);
}

/** Where to read on: behind what has come, so that nothing is passed over. */
function endOf({ firstSequence, incoming }: DecodedPage): number {
  return firstSequence + incoming.length;
}

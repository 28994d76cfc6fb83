import type { Filter } from 'mongodb';
import type { CommitStore, StoredEvent } from '../../event-log/commit-store';
import type { EventFilter } from '../../event-log/event-log';
import type { Collections } from './collections';
import { lastKey, toKey, toStoredEvent, type CommitDocument } from './documents';
import { isMatch, toCommitFilter } from './filter';
import { isWhole, readTail } from './read-commits';

type Commits = Collections['commits'];
type Place = Parameters<CommitStore['readEvents']>[1];

/** Keys of commits; `from` is included, `to` is not. */
interface Bounds {
  readonly from: string;
  readonly to: string;
}

const maxBatch = 1_000;

/** Events that match, in order. */
export async function readEvents(
  commits: Commits,
  filter: EventFilter,
  place: Place,
): Promise<readonly StoredEvent[]> {
  const { direction, position, limit } = place;
  const bounds = await findBounds(commits, filter, place);
  if (!bounds) return [];
  const isInPlace =
    direction === 'forwards'
      ? (event: StoredEvent) => event.position > position
      : (event: StoredEvent) => event.position < position;
  const found: StoredEvent[] = [];
  for await (const { recordedAt, events } of findCommits(commits, filter, bounds, place)) {
    const matching = events
      .filter((event) => isMatch(event, filter))
      .map((event) => toStoredEvent(event, recordedAt))
      .filter(isInPlace);
    found.push(...(direction === 'forwards' ? matching : matching.reverse()));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/**
 * A reader that goes on after what it was given must have been given everything before it. A search that follows several
 * values through an index could come upon a commit for one of them, and miss an earlier one that came in meanwhile for
 * another; so it ends where the log ended when it began. Who reads everything follows the keys, and misses nothing.
 */
async function findBounds(
  commits: Commits,
  filter: EventFilter,
  { position, direction }: Place,
): Promise<Bounds | null> {
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const isForwards = direction === 'forwards';
  const [begin, tail, first, last] = await Promise.all([
    isForwards ? keyOfHolder(commits, position + 1) : toKey(0),
    isForwards && isFiltered ? readTail(commits) : null,
    filter.from && firstKeySince(commits, filter.from),
    filter.to && firstKeySince(commits, filter.to),
  ]);
  if (first === null) return null;
  const ends = [
    isForwards ? lastKey : toKey(position),
    ...(tail ? [toKey(tail.position + 1)] : []),
    last ?? lastKey,
  ];
  return { from: first !== undefined && first > begin ? first : begin, to: ends.sort()[0] ?? lastKey };
}

/** Key of the commit that holds a position, else what it would be if one began there. */
async function keyOfHolder(commits: Commits, position: number): Promise<string> {
  const isFirst = position <= 1;
  const holder = isFirst
    ? null
    : await commits.findOne({ 'events.position': position }, { projection: { _id: 1 } });
  return holder?._id ?? toKey(position);
}

/** The time of recording never goes back from one commit to the next, so that a time is a place in the log. */
async function firstKeySince(commits: Commits, time: Date): Promise<string | null> {
  const sort = { recordedAt: 1, _id: 1 } as const;
  const first = await commits.findOne({ recordedAt: { $gte: time } }, { sort, projection: { _id: 1 } });
  return first?._id ?? null;
}

function findCommits(
  commits: Commits,
  filter: EventFilter,
  { from, to }: Bounds,
  { direction, limit }: Place,
) {
  const conditions = toCommitFilter(filter);
  const within: Filter<CommitDocument> = { _id: { $gte: from, $lt: to }, ...isWhole, ...conditions };
  return commits.find(within, {
    sort: { _id: direction === 'forwards' ? 1 : -1 },
    batchSize: Math.min(limit, maxBatch),
  });
}

import type { CommitStore, StoredEvent } from '../../event-log/commit-store';
import type { EventFilter } from '../../event-log/event-log';
import type { Collections } from './collections';
import { keysFrom } from './contents';
import { lastKey, toKey, toStoredEvent, type CommitDocument } from './documents';
import { isMatch, toCommitFilter } from './filter';
import { findByKeys } from './find-by-keys';
import type { Log } from './known-log';
import { isWhole } from './read-commits';

type Commits = Collections['commits'];
type Place = Parameters<CommitStore['readEvents']>[1];

const maxBatch = 1_000;
/** Among more commits those that match are searched for. */
const maxKeys = 128;

/** Events that match, in order. */
export async function readEvents(
  log: Log,
  filter: EventFilter,
  place: Place,
): Promise<readonly StoredEvent[]> {
  const { direction, position, limit } = place;
  const isForwards = direction === 'forwards';
  const found: StoredEvent[] = [];
  for await (const { recordedAt, events } of await findCommits(log, filter, place)) {
    for (const event of isForwards ? events : events.toReversed()) {
      const isInPlace = isForwards ? event.position > position : event.position < position;
      if (isInPlace && isMatch(event, recordedAt, filter)) found.push(toStoredEvent(event, recordedAt));
      // before the next commit is fetched, which may be large
      if (found.length >= limit) return found;
    }
  }
  return found;
}

/**
 * A reader goes on after what it was given, so it must have been given everything before that. A search that follows
 * several values through an index could come upon a commit for one of them, and miss an earlier one that came in meanwhile
 * for another. So whatever is read forwards ends where the log ended when the call began.
 */
async function findCommits(
  { commits, known }: Log,
  filter: EventFilter,
  place: Place,
): Promise<AsyncIterable<CommitDocument>> {
  const { position, direction, limit } = place;
  const { tail, contents } = await known.look();
  if (direction === 'forwards' && position >= tail.position) return findByKeys(commits, []);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const keys = contents && keysFrom(contents, position, direction, isFiltered ? maxKeys + 1 : limit + 1);
  if (keys && !(isFiltered && keys.length > maxKeys)) return findByKeys(commits, keys);
  const bounds =
    direction === 'forwards'
      ? ([await keyOfHolder(commits, position + 1), toKey(tail.position + 1)] as const)
      : ([toKey(0), toKey(position)] as const);
  return search(commits, filter, place, bounds);
}

/** Key of the commit that holds a position, else what it would be if one began there. */
async function keyOfHolder(commits: Commits, position: number): Promise<string> {
  if (position <= 1) return toKey(position);
  const holder = await commits.findOne({ 'events.position': position }, { projection: { _id: 1 } });
  return holder?._id ?? toKey(position);
}

/** Commits whose keys lie within bounds, of which the second is excluded. */
async function search(
  commits: Commits,
  filter: EventFilter,
  { direction, limit }: Place,
  [from, to]: readonly [string, string],
): Promise<AsyncIterable<CommitDocument>> {
  const [first = from, last = to] = await Promise.all([
    filter.from && firstKeySince(commits, filter.from),
    filter.to && firstKeySince(commits, filter.to),
  ]);
  const _id = { $gte: first > from ? first : from, $lt: last < to ? last : to };
  return commits.find(
    { _id, ...isWhole, ...toCommitFilter(filter) },
    { sort: { _id: direction === 'forwards' ? 1 : -1 }, batchSize: Math.min(limit, maxBatch) },
  );
}

/** The time of recording never goes back from one commit to the next, so that a time is a place in the log. */
async function firstKeySince(commits: Commits, time: Date): Promise<string> {
  const sort = { recordedAt: 1, _id: 1 } as const;
  const first = await commits.findOne({ recordedAt: { $gte: time } }, { sort, projection: { _id: 1 } });
  return first?._id ?? lastKey;
}

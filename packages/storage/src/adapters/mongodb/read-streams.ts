import type { CommitStore, StoredEvent, StoredStream } from '../../event-log/commit-store';
import type { Collections, TruncatedStreamDocument } from './collections';
import { keysOfIds, keysOfStream } from './contents';
import {
  lastKey,
  toKey,
  toStoredEvent,
  toStreamVersion,
  type CommitDocument,
  type EventDocument,
} from './documents';
import { findByKeys } from './find-by-keys';
import { isTruncated, type Log } from './known-log';

type Commits = Collections['commits'];
type Range = Parameters<CommitStore['readStream']>[1];

const maxBatch = 1_000;

/** A stream's events by version, in the order of their commits. */
export async function readStream(
  { commits, known }: Log,
  streamId: string,
  range: Range,
): Promise<readonly StoredEvent[]> {
  const { from, to, direction, limit } = range;
  const isForwards = direction === 'forwards';
  const contents = await known.contents();
  const documents = contents
    ? findByKeys(commits, keysOfStream(contents, streamId, range))
    : await search(commits, streamId, range);
  const found: StoredEvent[] = [];
  for await (const { events, recordedAt } of documents) {
    const ofStream = events.filter((event) => event.streamId === streamId);
    for (const event of isForwards ? ofStream : ofStream.reverse()) {
      const version = event.version ?? 0;
      if (isForwards ? version > to : version < from) return found;
      if (version >= from && version <= to) found.push(toStoredEvent(event, recordedAt));
      // before the next commit is fetched, which may be large
      if (found.length >= limit) return found;
    }
  }
  return found;
}

async function search(
  commits: Commits,
  streamId: string,
  range: Range,
): Promise<AsyncIterable<CommitDocument>> {
  const isForwards = range.direction === 'forwards';
  const begin = await findBegin(commits, streamId, range);
  return commits.find(
    { 'events.streamId': streamId, _id: isForwards ? { $gte: begin } : { $lte: begin } },
    { sort: { _id: isForwards ? 1 : -1 }, batchSize: Math.min(range.limit, maxBatch) },
  );
}

/** Where to begin: at the commit that holds the first version that is wanted, else where nothing is left out. */
async function findBegin(
  commits: Commits,
  streamId: string,
  { from, to, direction }: Range,
): Promise<string> {
  const isForwards = direction === 'forwards';
  const edge = isForwards ? toKey(0) : lastKey;
  if (isForwards ? from <= 0 : to === Number.MAX_SAFE_INTEGER) return edge;
  const streamVersions = toStreamVersion(streamId, isForwards ? from : to);
  const holder = await commits.findOne({ streamVersions }, { projection: { _id: 1 } });
  if (holder || !isForwards) return holder?._id ?? edge;
  // the version is truncated, or yet to come; a reader at the end of a long stream must not walk all of it
  const { version } = (await findEnd(commits, streamId, -1)) ?? { version: -1 };
  return from > version ? lastKey : edge;
}

export async function findEvents(
  { commits, known }: Log,
  ids: readonly string[],
  asOf: number | undefined,
): Promise<ReadonlyMap<string, StoredEvent>> {
  const wanted = new Set(ids);
  const contents = await known.contents(asOf);
  const documents = contents
    ? findByKeys(commits, keysOfIds(contents, wanted))
    : commits.find({ 'events.attributes.id': { $in: [...wanted] } });
  const found = new Map<string, StoredEvent>();
  for await (const { events, recordedAt } of documents) {
    for (const event of events) {
      const id = String(event.attributes['id']);
      if (wanted.has(id)) found.set(id, toStoredEvent(event, recordedAt));
    }
  }
  return found;
}

/** What is remembered of a stream does not tell whether another opener has truncated it since, if that matters. */
export async function findStreams(
  log: Log,
  ids: readonly string[],
  asOf: number | undefined,
): Promise<ReadonlyMap<string, StoredStream>> {
  const unique = [...new Set(ids)];
  const contents = await log.known.contents(asOf);
  const isCurrent = asOf !== undefined || !(await isTruncated(log.anchors));
  const streams =
    contents && isCurrent
      ? unique.map((id) => contents.streams.get(id)?.state)
      : await searchStreams(log, unique);
  return new Map(streams.flatMap((stream) => (stream ? [[stream.id, stream] as const] : [])));
}

async function searchStreams(
  { commits, truncatedStreams }: Log,
  ids: readonly string[],
): Promise<readonly (StoredStream | undefined)[]> {
  const truncated = new Map<string, TruncatedStreamDocument>();
  for await (const stream of truncatedStreams.find({ _id: { $in: [...ids] } })) {
    truncated.set(stream._id, stream);
  }
  return Promise.all(ids.map((id) => findStream(commits, id, truncated.get(id))));
}

async function findStream(
  commits: Commits,
  id: string,
  truncated: TruncatedStreamDocument | undefined,
): Promise<StoredStream | undefined> {
  const last = await findEnd(commits, id, -1);
  if (!last) return truncated && toStoredStream(truncated);
  const first = last.firstVersion === 0 ? last : ((await findEnd(commits, id, 1)) ?? last);
  return {
    id,
    category: last.category,
    version: last.version,
    firstVersion: first.firstVersion,
    createdAtMs: (truncated?.createdAt ?? first.recordedAt).getTime(),
    updatedAtMs: last.recordedAt.getTime(),
  };
}

function toStoredStream({
  _id,
  category,
  version,
  createdAt,
  updatedAt,
}: TruncatedStreamDocument): StoredStream {
  return {
    id: _id,
    category,
    version,
    firstVersion: version + 1,
    createdAtMs: createdAt.getTime(),
    updatedAtMs: updatedAt.getTime(),
  };
}

/** What the first or the last commit with events of a stream holds of it. */
async function findEnd(commits: Commits, streamId: string, order: 1 | -1) {
  const projection = { recordedAt: 1, 'events.streamId': 1, 'events.category': 1, 'events.version': 1 };
  const commit = await commits.findOne({ 'events.streamId': streamId }, { sort: { _id: order }, projection });
  const events = commit?.events.filter((event) => event.streamId === streamId);
  const [first, last] = [events?.at(0), events?.at(-1)];
  return commit && first && last
    ? { ...describe(last), firstVersion: describe(first).version, recordedAt: commit.recordedAt }
    : null;
}

/** Of an event that belongs to a stream. */
function describe({ category, version }: EventDocument): { category: string; version: number } {
  return { category: category ?? '', version: version ?? 0 };
}

import type { Filter } from 'mongodb';
import { genesis } from '../../event-log/chain';
import type { Anchor } from '../../event-log/commit-store';
import type { Collections, TruncatedStreamDocument } from './collections';
import { keysOfPositions } from './contents';
import { moveCursors } from './cursors';
import { toKey, type CommitDocument } from './documents';
import { findByKeys } from './find-by-keys';
import type { Log } from './known-log';
import { isWhole } from './read-commits';
import { upsert } from './upsert';

const maxStreamsTogether = 1_000;

/** Sets data and salt to null in place; nothing else of a commit ever changes. Answers how many events still had them. */
export async function eraseEvents({ commits, known }: Log, positions: readonly number[]): Promise<number> {
  if (positions.length === 0) return 0;
  const wanted = new Set(positions);
  const contents = await known.contents();
  const documents = contents
    ? findByKeys(commits, keysOfPositions(contents, wanted))
    : commits.find({ 'events.position': { $in: [...wanted] } });
  let erased = 0;
  for await (const { _id, events } of documents) {
    const paths = events.flatMap(({ position, salt }, index) =>
      wanted.has(position) && salt !== null ? `events.${index}` : [],
    );
    const nothing: [string, null][] = paths.flatMap((path) => [
      [`${path}.data`, null],
      [`${path}.salt`, null],
    ]);
    // a commit that is truncated meanwhile takes no harm: nothing but its key counts any more
    if (paths.length > 0) await commits.updateOne({ _id }, { $set: Object.fromEntries(nothing) });
    erased += paths.length;
  }
  return erased;
}

/** Deletions only add, so that the furthest anchor is the one that counts, in whatever order they came. */
export async function readAnchor({ anchors }: Collections): Promise<Anchor> {
  const anchor = await anchors.findOne({}, { sort: { _id: -1 } });
  return anchor ? { position: Number(anchor._id), hash: anchor.hash } : genesis;
}

/**
 * Empties the commits up to the anchor. Their keys stay for good: a writer that has slept since it read the tail must
 * still find that the place behind it is taken. What the commits tell of streams and cursors is put aside first, then the
 * anchor, so that a truncation that is cut short has lost nothing and can be repeated.
 */
export async function truncate(collections: Collections, { position, hash }: Anchor): Promise<number> {
  const { commits, anchors } = collections;
  if (position === 0) return 0;
  const emptied = await anchors.findOne({ isEmptied: true }, { sort: { _id: -1 } });
  const upToAnchor = { _id: { $gt: emptied?._id ?? '', $lte: toKey(position) }, ...isWhole };
  const truncated = await putAside(collections, upToAnchor);
  await upsert(() => anchors.updateOne({ _id: toKey(position) }, { $set: { hash } }, { upsert: true }));
  const everything = {
    recordedAt: '',
    events: '',
    streamVersions: '',
    cursors: '',
    previousHash: '',
    hash: '',
  } as const;
  await commits.updateMany(upToAnchor, { $unset: everything });
  await anchors.updateOne({ _id: toKey(position) }, { $set: { isEmptied: true } });
  return truncated;
}

/** Keeps what is to be known of truncated commits; answers how many events they have. */
async function putAside(collections: Collections, filter: Filter<CommitDocument>): Promise<number> {
  const streams = new Map<string, TruncatedStreamDocument>();
  const projection = {
    recordedAt: 1,
    cursors: 1,
    'events.streamId': 1,
    'events.category': 1,
    'events.version': 1,
  };
  const heights = new Map<string, number>();
  let truncated = 0;
  for await (const commit of collections.commits.find(filter, { sort: { _id: 1 }, projection })) {
    truncated += commit.events.length;
    for (const { name, highest } of commit.cursors) heights.set(name, highest);
    for (const stream of toTruncated(commit)) {
      streams.set(stream._id, {
        ...stream,
        createdAt: streams.get(stream._id)?.createdAt ?? stream.createdAt,
      });
    }
    if (streams.size >= maxStreamsTogether) await saveStreams(collections, streams);
  }
  await saveStreams(collections, streams);
  await moveCursors(collections, Object.fromEntries(heights));
  return truncated;
}

function toTruncated({ events, recordedAt }: CommitDocument): readonly TruncatedStreamDocument[] {
  return events.flatMap(({ streamId, category, version }) =>
    streamId === null || category === null || version === null
      ? []
      : { _id: streamId, category, version, createdAt: recordedAt, updatedAt: recordedAt },
  );
}

/** Of a stream that was cut before, the first truncation knows when it began. */
async function saveStreams(
  { truncatedStreams }: Collections,
  streams: Map<string, TruncatedStreamDocument>,
): Promise<void> {
  if (streams.size === 0) return;
  const writes = [...streams.values()].map(({ _id, category, version, createdAt, updatedAt }) => ({
    updateOne: {
      filter: { _id },
      update: { $setOnInsert: { category, createdAt }, $max: { version, updatedAt } },
      upsert: true,
    },
  }));
  await upsert(() => truncatedStreams.bulkWrite(writes, { ordered: false }));
  streams.clear();
}

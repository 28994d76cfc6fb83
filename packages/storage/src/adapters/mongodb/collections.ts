import type { Collection, Db, IndexSpecification } from 'mongodb';
import type { CommitDocument } from './documents';

/** What is left of a stream of which the beginning was truncated. */
export interface TruncatedStreamDocument {
  /** Id of the stream. */
  readonly _id: string;
  readonly category: string;
  /** Version of the last event that was truncated. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface CursorDocument {
  readonly _id: string;
  readonly value: number;
}

export interface AnchorDocument {
  /** `toKey` of the last position that was truncated. */
  readonly _id: string;
  readonly hash: string;
  /** Once nothing is left of the commits up to here: who truncates further need not look at them again. */
  readonly isEmptied?: true;
}

export interface CheckpointDocument {
  readonly position: number;
  readonly hash: string;
  readonly at: Date;
  readonly signature: string;
}

export interface Collections {
  readonly commits: Collection<CommitDocument>;
  readonly truncatedStreams: Collection<TruncatedStreamDocument>;
  readonly cursors: Collection<CursorDocument>;
  readonly anchors: Collection<AnchorDocument>;
  readonly checkpoints: Collection<CheckpointDocument>;
}

export function collectionsOf(database: Db): Collections {
  return {
    commits: database.collection('log_commits'),
    truncatedStreams: database.collection('log_truncated_streams'),
    cursors: database.collection('log_cursors'),
    anchors: database.collection('log_anchors'),
    checkpoints: database.collection('log_checkpoints'),
  };
}

/**
 * What must be found only once. The order of insertion sees to it already; the indices are there in case that it does not.
 * FerretDB does not look into lists for them.
 */
const uniqueIndexes: readonly IndexSpecification[] = [
  { 'events.position': 1 },
  { 'events.attributes.id': 1 },
  { streamVersions: 1 },
];

/** Each ends with the key of the commit, so that it gives commits in order and a page costs what the page holds. */
const indexes: readonly IndexSpecification[] = [
  { 'events.streamId': 1, _id: 1 },
  { 'events.category': 1, _id: 1 },
  { 'events.attributes.type': 1, _id: 1 },
  { 'events.attributes.source': 1, _id: 1 },
  { 'events.attributes.subject': 1, _id: 1 },
  { 'events.attributes.correlationid': 1, _id: 1 },
  { recordedAt: 1, _id: 1 },
  { 'cursors.name': 1, _id: 1 },
];

/** One at a time: FerretDB loses the connection over several that exist. */
export async function createIndexes({ commits, checkpoints }: Collections): Promise<void> {
  // a commit without a stream has no such list, and two that lack it are no duplicates
  for (const index of uniqueIndexes) await commits.createIndex(index, { unique: true, sparse: true }, {});
  for (const index of indexes) await commits.createIndex(index);
  await checkpoints.createIndex({ position: 1, at: 1 });
}

import { canonicalise } from '../../event-log/canonical-json';
import type { Commit, StoredEvent } from '../../event-log/commit-store';

export interface EventDocument {
  readonly position: number;
  readonly streamId: string | null;
  readonly category: string | null;
  readonly version: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dataHash: string;
  readonly salt: string | null;
  readonly data: string | null;
  readonly isBinary: boolean;
}

export interface CommitCursor {
  readonly name: string;
  readonly value: number;
  /** The highest value that any commit up to this one moved it to. */
  readonly highest: number;
}

/** A commit is one document, so that it is stored as a whole or not at all. */
export interface CommitDocument {
  /** `toKey` of its first position. */
  readonly _id: string;
  readonly recordedAt: Date;
  readonly events: readonly EventDocument[];
  /** `toStreamVersion` of each event that belongs to a stream; left out when none does. */
  readonly streamVersions?: readonly string[];
  readonly cursors: readonly CommitCursor[];
  readonly previousHash: string;
  readonly hash: string;
}

/** What is left of a commit that was truncated. */
export interface TruncatedCommit {
  readonly _id: string;
  readonly hash?: undefined;
}

/**
 * Positions as keys sort as numbers do. They are text because FerretDB, which stands in for MongoDB in the tests, looks a
 * document up within its storage only by a text; for a number it hands out the whole collection and compares.
 */
export function toKey(position: number): string {
  return String(position).padStart(16, '0');
}

/** Stands behind every commit. */
export const lastKey = toKey(Number.MAX_SAFE_INTEGER);

/** Names one event of a stream, for a lookup that is exact. */
export function toStreamVersion(streamId: string, version: number): string {
  return `${streamId}@${version}`;
}

export function toCommitDocument(
  { position, recordedAtMs, events, previousHash, hash }: Commit,
  cursors: readonly CommitCursor[],
): CommitDocument {
  const streamVersions = events.flatMap(({ streamId, version }) =>
    streamId === null || version === null ? [] : toStreamVersion(streamId, version),
  );
  return {
    _id: toKey(position),
    recordedAt: new Date(recordedAtMs),
    events: events.map(toEventDocument),
    ...(streamVersions.length > 0 && { streamVersions }),
    cursors,
    previousHash,
    hash,
  };
}

function toEventDocument(event: StoredEvent): EventDocument {
  const { position, streamId, category, version, attributes, dataHash, salt, data, isBinary } = event;
  const parsed = JSON.parse(attributes) as EventDocument['attributes'];
  return { position, streamId, category, version, attributes: parsed, dataHash, salt, data, isBinary };
}

export function toCommit({ _id, recordedAt, events, cursors, previousHash, hash }: CommitDocument): Commit {
  return {
    position: Number(_id),
    recordedAtMs: recordedAt.getTime(),
    events: events.map((event) => toStoredEvent(event, recordedAt)),
    cursors: Object.fromEntries(cursors.map(({ name, value }) => [name, value])),
    previousHash,
    hash,
  };
}

/** The attributes are put together again from what events are found by, so that this is what a chain verifies. */
export function toStoredEvent({ attributes, ...event }: EventDocument, recordedAt: Date): StoredEvent {
  return { ...event, recordedAtMs: recordedAt.getTime(), attributes: canonicalise(attributes) };
}

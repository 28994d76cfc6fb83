import type { PoolState } from '../database';
import type { Checkpoint, EventFilter } from './event-log';

/** One event as the store keeps it. */
export interface StoredEvent {
  readonly position: number;
  /** That of its commit. */
  readonly recordedAtMs: number;
  /** Null for an event that belongs to no stream; then `category` and `version` are null too. */
  readonly streamId: string | null;
  readonly category: string | null;
  readonly version: number | null;
  /**
   * The event without `data` as canonical JSON (`canonicalise`), which the chain's hash covers as it stands here. A store
   * that keeps it taken apart puts it together again on reading, so that whatever it finds events by is what is verified.
   */
  readonly attributes: string;
  /** Salted hash of the data, part of the chain's hash, so that erasing the data breaks no chain. */
  readonly dataHash: string;
  /** Null once erased, as is `data`. */
  readonly salt: string | null;
  /** JSON text, or base64 when `isBinary`; empty when the event has no data. */
  readonly data: string | null;
  readonly isBinary: boolean;
}

/** What becomes durable at once: the events of all appends that shared it. Never changed, but for erasure. */
export interface Commit {
  /** Position of its first event; the next commit begins at `position + events.length`. */
  readonly position: number;
  readonly recordedAtMs: number;
  /** At least one. */
  readonly events: readonly StoredEvent[];
  /** Named cursors that it moved. */
  readonly cursors: Readonly<Record<string, number>>;
  /** Hash of the commit before; `genesis.hash` for the first. */
  readonly previousHash: string;
  /** SHA-256 over the previous hash and everything here but salts and data; see `hashCommit`. */
  readonly hash: string;
}

/** The last event that was truncated: where the chain begins now. `genesis` when nothing was. */
export interface Anchor {
  readonly position: number;
  readonly hash: string;
}

/** The end of the log; `genesis` when it is empty. */
export interface Tail {
  /** Position of the last event. */
  readonly position: number;
  readonly hash: string;
  readonly recordedAtMs: number;
}

/** A stream as its events tell, whatever its settings say. */
export interface StoredStream {
  readonly id: string;
  readonly category: string;
  /** Version of the last event, also when that was truncated. */
  readonly version: number;
  /** Version of the first event that is still there; `version + 1` when none is. */
  readonly firstVersion: number;
  /** Time of recording of version 0, also when that was truncated. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type Direction = 'forwards' | 'backwards';

/**
 * The little that a technology must do to hold an event log; everything above it (versions, idempotency, the chain,
 * group commit, waiting) is written once.
 *
 * What one call has made durable every later call sees, on this opener and on any other. Every failure is an `AppError`:
 * `unavailable` when the store is away or closed, `internal` else.
 */
export interface CommitStore {
  /**
   * Appends a commit after `tail`, durably, all of it or nothing, and moves its cursors. Returns false, changing nothing,
   * when `tail` is not the end of the log (another writer has moved it, however long ago): the caller reads it again and
   * decides anew.
   */
  insert(commit: Commit, tail: Tail): Promise<boolean>;
  tail(): Promise<Tail>;
  /** Whole commits in order, beginning with the one that holds `position`, else the next; about `maxEvents` events. */
  readCommits(position: number, maxEvents: number): Promise<readonly Commit[]>;
  /**
   * Events that match, by position; at most `limit`, after `position` (backwards: before it). Never leaves one out that
   * was durable when the call began.
   */
  readEvents(
    filter: EventFilter,
    place: { readonly position: number; readonly direction: Direction; readonly limit: number },
  ): Promise<readonly StoredEvent[]>;
  /** A stream's events by version, `from` and `to` included. */
  readStream(
    streamId: string,
    range: {
      readonly from: number;
      readonly to: number;
      readonly direction: Direction;
      readonly limit: number;
    },
  ): Promise<readonly StoredEvent[]>;
  /**
   * By event id; those that are not there are left out. For who goes by a tail of this opener, `asOf` is its position: it
   * is enough to tell what the log was then or at any time since, and a store that remembers need not look.
   */
  findEvents(ids: readonly string[], asOf?: number): Promise<ReadonlyMap<string, StoredEvent>>;
  /** By stream id, and maybe more; those that never had an event are left out. `asOf` as above. */
  findStreams(ids: readonly string[], asOf?: number): Promise<ReadonlyMap<string, StoredStream>>;
  /** The highest value that a named cursor was moved to; 0 when it never was. */
  cursor(name: string): Promise<number>;
  /** Moves cursors without an event. */
  moveCursors(cursors: Readonly<Record<string, number>>): Promise<void>;

  /** Removes data and salt of these events; answers how many still had them. */
  erase(positions: readonly number[]): Promise<number>;
  /**
   * Removes every commit up to the anchor, which is the end of one, and keeps the anchor, and of each stream that is cut
   * its state; answers how many events went. Cut short, it can be repeated. The last commit of the log always stays.
   */
  truncate(anchor: Anchor): Promise<number>;
  /** Rids the store's own files, as far as it can, of what was erased and truncated. */
  compact(): Promise<void>;
  anchor(): Promise<Anchor>;
  addCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** The newest first. */
  readCheckpoints(limit: number): Promise<readonly Checkpoint[]>;
  /** Those at or beyond a position, the lowest first. */
  readCheckpointsFrom(position: number, limit: number): Promise<readonly Checkpoint[]>;

  /** Resolves when the store answers; throws `unavailable` when it does not, within 2 s. */
  ping(): Promise<void>;
  /** Of a store that has a pool of connections. */
  readonly poolState?: () => PoolState;
  /** Waits for calls under way, then closes. Idempotent. */
  close(): Promise<void>;
}

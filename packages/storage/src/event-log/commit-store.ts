import type { CloudEvent } from '@fanfare/cloudevents';
import type { EventFilter, StreamState } from './event-log';

/** One event inside a commit. */
export interface CommittedEvent {
  readonly streamId: string | null;
  readonly category: string | null;
  readonly version: number | null;
  /** The event without `data`; part of the chain's hash. */
  readonly attributes: Omit<CloudEvent, 'data'>;
  /** Salted SHA-256 of the data, part of the chain's hash, so that erasing the data breaks no chain. */
  readonly dataHash: string;
  /** Both null once erased. `data` is JSON text, or base64 when `isBinary`. */
  readonly salt: string | null;
  readonly data: string | null;
  readonly isBinary: boolean;
}

/** What becomes durable at once: the events of all appends that shared it. Never changed, but for erasure. */
export interface Commit {
  /** Position of its first event; the next commit begins at `position + events.length`. */
  readonly position: number;
  readonly recordedAtMs: number;
  readonly events: readonly CommittedEvent[];
  /** Named cursors that it moved. */
  readonly cursors: Readonly<Record<string, number>>;
  /** Hash of the commit before; of nothing for the first. */
  readonly previousHash: string;
  /** SHA-256 over the previous hash and everything here but salts and data. */
  readonly hash: string;
}

/** The end of the log. */
export interface Tail {
  /** Position of the last event. */
  readonly position: number;
  readonly hash: string;
}

/**
 * The little that a technology must do to hold an event log; everything above it (versions, idempotency, the chain,
 * group commit, filters where they cannot be pushed down) is written once.
 *
 * Every failure is an `AppError`: `unavailable` when the store is away, `internal` else.
 */
export interface CommitStore {
  /**
   * Appends a commit after `tail`, durably, all of it or nothing. Returns false, changing nothing, when another writer
   * has moved the tail: the caller reads it again and decides anew.
   */
  insert(commit: Commit, tail: Tail): Promise<boolean>;
  tail(): Promise<Tail>;
  /** Whole commits in order, beginning with the one that holds `position`, with at most about `maxEvents` events. */
  readCommits(position: number, maxEvents: number): Promise<readonly Commit[]>;
  /** Positions, in order, of events that match; at most `limit`, after (or, backwards, before) `position`. */
  findPositions(
    filter: EventFilter,
    place: {
      readonly position: number;
      readonly direction: 'forwards' | 'backwards';
      readonly limit: number;
    },
  ): Promise<readonly number[]>;
  /** The commits that hold these positions, in any order, each once. */
  readCommitsOf(positions: readonly number[]): Promise<readonly Commit[]>;
  /** Position by event id, for those ids that are in the log. */
  findIds(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  findStreams(ids: readonly string[]): Promise<ReadonlyMap<string, StreamState>>;
  /** Positions of a stream's events by version, both included. */
  findStreamPositions(
    streamId: string,
    range: {
      readonly from: number;
      readonly to: number;
      readonly direction: 'forwards' | 'backwards';
      readonly limit: number;
    },
  ): Promise<readonly number[]>;
  cursor(name: string): Promise<number>;
  /** Removes data and salt of these events for good, also from the store's own files as far as it can. */
  erase(positions: readonly number[]): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

import type { CloudEvent } from '@fanfare/cloudevents';
import type { PoolState } from '../database';

/**
 * What the caller believes of a stream: the version of its last event (versions begin at 0), `none` when it must have no
 * event, `exists` when it must have some, `any` when it does not matter.
 */
export type ExpectedVersion = number | 'any' | 'none' | 'exists';

/** A stream is the history of one aggregate; all its events are of one type of aggregate. */
export interface StreamName {
  readonly id: string;
  /** Type of the aggregate, the stream's category. */
  readonly type: string;
}

/** Events for one stream, or for none: then they are recorded without a version, and `expected` must be `any`. */
export interface StreamAppend {
  readonly stream: StreamName | null;
  readonly expected: ExpectedVersion;
  readonly events: readonly CloudEvent[];
}

/** Everything in it becomes durable together or not at all. */
export interface AppendRequest {
  readonly appends: readonly StreamAppend[];
  /** What must hold of other streams for the append to take place. */
  readonly checks?: readonly { readonly streamId: string; readonly expected: ExpectedVersion }[];
  /**
   * Moves named cursors (a source's sequence) together with the events: consuming into the log is exactly once. They
   * never go back, and they also move when every event is a repetition.
   */
  readonly cursors?: Readonly<Record<string, number>>;
  /**
   * Ids of events that come too late to be kept: they stand in the log as if they had been erased, and their data gets into
   * no file. One that is there already stays as it is.
   */
  readonly erased?: ReadonlySet<string>;
}

/** Where an event of an append stands. */
export interface AppendedEvent {
  readonly id: string;
  readonly position: number;
  /** Null for an event that belongs to no stream. */
  readonly version: number | null;
  /** Whether it stood there before: the same append came before, whole or in part. */
  readonly isRepeated: boolean;
}

export interface AppendAnswer {
  /** The highest of their positions; the head when the request had no event. */
  readonly position: number;
  /** In the order of the request. */
  readonly events: readonly AppendedEvent[];
}

/** An event as the log keeps it. Immutable, but that its data can be erased. */
export interface LogEvent {
  /** 1 for the first event of the log; gap-free, in commit order. */
  readonly position: number;
  readonly stream: StreamName | null;
  readonly version: number | null;
  /** When the log took it. */
  readonly recordedAt: Date;
  /** As it was appended; without `data` when that was erased. */
  readonly event: CloudEvent;
  readonly isErased: boolean;
}

/** Which events; what is left out does not matter, what is given must all hold. */
export interface EventFilter {
  /** Full types; a type that ends with `*` stands for all that begin like it. */
  readonly types?: readonly string[] | undefined;
  readonly source?: string | undefined;
  readonly subject?: string | undefined;
  readonly subjectPrefix?: string | undefined;
  readonly streamId?: string | undefined;
  /** Type of the aggregate. */
  readonly category?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Time of recording, included. */
  readonly from?: Date | undefined;
  /** Time of recording, excluded. */
  readonly to?: Date | undefined;
}

export interface ReadRequest {
  /** Exclusive: forwards what follows it, backwards what precedes it. Default: all. */
  readonly position?: number | undefined;
  readonly direction?: 'forwards' | 'backwards' | undefined;
  readonly filter?: EventFilter | undefined;
  readonly limit: number;
}

export interface ReadPage {
  readonly events: readonly LogEvent[];
  /**
   * Where to go on: everything up to here was looked at, whether it matched or not. Null when there is no more; then
   * everything up to a head that was known before the call was looked at.
   */
  readonly nextPosition: number | null;
}

export interface StreamState {
  readonly name: StreamName;
  /** Version of the last event. */
  readonly version: number;
  /** Versions below were truncated, deleted or have outlived their settings; 0 when none has. */
  readonly firstVersion: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** How long a stream's events can be read. What is left out has no limit. */
export interface StreamSettings {
  /** Events that were recorded longer ago can no longer be read from the stream. */
  readonly maxAgeMs?: number | undefined;
  /** Only so many of its last events can be read from the stream. */
  readonly maxCount?: number | undefined;
}

export interface VerifyOptions {
  /** Begins with the commit before the one that holds this position, which is where a walk that was cut short goes on. */
  readonly from?: number | undefined;
  /** Ends with the commit that holds this position. Default: the end of the log. */
  readonly to?: number | undefined;
  /** Told now and then of the last position that is proven, where the walk can go on. */
  readonly onProgress?: ((position: number) => void) | undefined;
  /** Ends the walk; the answer then tells of what was looked at. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether the log is what was appended. */
export interface Verification {
  /** Whether nothing was found to be wrong, and nothing is `unexplained`; what is `unopened` may be. */
  readonly valid: boolean;
  /** How many events were looked at. */
  readonly checked: number;
  /** How many of them have had their data erased. */
  readonly erased: number;
  /**
   * How many have data that says it is sealed with a key that is not there, or none where such a key could tell why: whether
   * it is what was appended nobody can tell. Their place in the chain is proven all the same. Left out when none.
   */
  readonly unopened?: number;
  /** Position of the first of these. */
  readonly firstUnopenedPosition?: number;
  /** How many of the erased no erasure in the log tells of: the data was removed past the log. Left out when none. */
  readonly unexplained?: number;
  /** The last position that is proven, and the chain's hash there. */
  readonly headPosition: number;
  readonly headHash: string;
  /** Position of the first event that is broken or missing; of its commit where the chain cannot tell which event it is. */
  readonly firstInvalidPosition?: number;
  readonly reason?: string;
}

/** A signed statement that the chain had this hash at the end of the commit whose last event is at `position`. */
export interface Checkpoint {
  readonly position: number;
  readonly hash: string;
  readonly atMs: number;
  /** Ed25519, base64. */
  readonly signature: string;
}

/** An event with what its part of a commit's hash is made of. */
export interface ChainEvent extends LogEvent {
  /**
   * SHA-256, in hex, over the salt followed by the data: as JSON text, as base64 when `isBinary`, or nothing. Over the word
   * `erased` when the event came too late to be kept.
   */
  readonly dataHash: string;
  /** Null once the data was erased; then `dataHash` is all that is left of it. */
  readonly salt: string | null;
  readonly isBinary: boolean;
}

/** A commit with all that it takes to compute its hash again elsewhere. */
export interface ChainCommit {
  /** Of its first event. */
  readonly position: number;
  readonly recordedAt: Date;
  /** Named cursors that it moved. */
  readonly cursors: Readonly<Record<string, number>>;
  readonly previousHash: string;
  readonly hash: string;
  readonly events: readonly ChainEvent[];
}

export interface Truncation {
  readonly deletedEvents: number;
  /** Position of the last event that is gone; 0 when none ever went. */
  readonly anchorPosition: number;
}

/**
 * The append-only log of all events, in one order for everybody.
 *
 * - **Gap-free**: positions are 1, 2, 3… in commit order. A reader that has seen position n has seen everything before
 *   it, whoever writes at the same time, in however many processes.
 * - **Optimistic**: an append whose expected version does not hold throws `VersionConflict` and changes nothing. So does
 *   one of another type of aggregate than its stream, with a plain `conflict`.
 * - **Idempotent** by event id, as long as the event is not truncated: appending one that is there already gives the first
 *   answer again, whatever `expected` says. Of an append that is there in part the rest is added, whatever `expected`
 *   says, if the part that is there is its beginning and the stream ends with it; else it throws `VersionConflict`. The
 *   same id with other content, or in another stream, throws `IdReused`.
 * - **Durable** when `append` resolves. Concurrent appends share a commit; one that fails harms no other.
 * - **Tamper-evident**: every commit carries the hash of the one before; see `verify`.
 * - **Sealed** when it was opened with keys: its store holds no data that could be read without them. Reading what is
 *   sealed with a key that is not there throws `unavailable`; see `Sealer`.
 * - `unavailable` while the store is away; then nobody knows whether an append took place, and repeating it is safe.
 */
export interface EventLog {
  /**
   * Throws `invalid` for what is no CloudEvent, an id that occurs twice, a stream that does, and more than 5,000 events
   * or 12 MiB, which is 9 MiB where data is sealed.
   */
  append(request: AppendRequest): Promise<AppendAnswer>;
  read(request: ReadRequest): Promise<ReadPage>;
  /** The events of a stream by version; `from` and `to` are included. Empty for an unknown stream. */
  readStream(
    streamId: string,
    options?: { from?: number; to?: number; direction?: 'forwards' | 'backwards'; limit?: number },
  ): Promise<readonly LogEvent[]>;
  findEvent(id: string): Promise<LogEvent | null>;
  findStream(id: string): Promise<StreamState | null>;
  /** Position of the last event that is durable; 0 when there is none. */
  head(): Promise<number>;
  /**
   * Resolves with the head as soon as it is at or beyond `position`, or when `signal` aborts. At once for what is
   * appended here, within 100 ms for what other processes append. Waits on while the store is away.
   */
  waitFor(position: number, signal: AbortSignal): Promise<number>;
  /** A named cursor as the last commit that moved it left it; 0 when none did. */
  cursor(name: string): Promise<number>;

  /** Replaces a stream's settings. They hide events from `readStream` and `findStream`; `read` still finds them. */
  setStreamSettings(streamId: string, settings: StreamSettings): Promise<void>;
  /**
   * Deletes a stream as EventStoreDB does: it reads as if it were not there, and can be written again, going on with its
   * next version, by who expects `none`, `any` or its last version. After `isFinal` nobody can ever write to it: that
   * throws `StreamDeleted`. The events stay in the log. False when there is no such stream.
   */
  deleteStream(streamId: string, options?: { isFinal?: boolean }): Promise<boolean>;

  /** Walks the chain and recomputes it, in constant memory; see `Verification`. */
  verify(options?: VerifyOptions): Promise<Verification>;
  /**
   * Whole commits in order, from the one that holds `position`, else the next; about `limit` events. Empty at the end of
   * the log.
   */
  readChain(position: number, limit: number): Promise<readonly ChainCommit[]>;
  /** Signs the end of the chain and keeps the signature. Throws `invalid` when the log was opened without a signer. */
  checkpoint(): Promise<Checkpoint>;
  /** The newest checkpoints, those of the highest positions first. */
  readCheckpoints(limit: number): Promise<readonly Checkpoint[]>;
  /** Those at or beyond a position, the lowest first. */
  readCheckpointsFrom(position: number, limit: number): Promise<readonly Checkpoint[]>;
  /**
   * Removes the data of all events of a subject for good, from the store's files too; the chain still verifies. Answers
   * how many events still had their data. When there were some, an event of the log's own says so for good. Repeating it is
   * safe, and finishes one that was cut short.
   */
  erase(request: { readonly subject: string }): Promise<number>;
  /**
   * Removes the commits that lie wholly before `position`, keeping the last one of the log. What went can no longer be
   * read or recognised as repeated; streams keep their version, and their `firstVersion` tells what is left.
   */
  truncate(position: number): Promise<Truncation>;

  /** Resolves when the store answers; throws `unavailable` when it does not, within 2 s. */
  ping(): Promise<void>;
  /** Of a log whose store has a pool of connections. */
  readonly poolState?: (() => PoolState) | undefined;
  /** Waits for appends under way, then closes. Idempotent. */
  close(): Promise<void>;
}

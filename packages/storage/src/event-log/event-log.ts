import type { CloudEvent } from '@fanfare/cloudevents';
import type { AppError } from '@fanfare/core';

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
  /** Moves named cursors (a source's sequence) together with the events: consuming into the log is exactly once. */
  readonly cursors?: Readonly<Record<string, number>>;
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
  /** Position of the last of them. */
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
  /** Where to go on: everything up to here was looked at, whether it matched or not. Null when there is no more. */
  readonly nextPosition: number | null;
}

export interface StreamState {
  readonly name: StreamName;
  /** Version of the last event. */
  readonly version: number;
  /** Versions below were truncated; 0 when none was. */
  readonly firstVersion: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The version of a stream is not the expected one. `code` is `conflict`. */
export interface VersionConflict extends AppError {
  readonly streamId: string;
  readonly expected: ExpectedVersion;
  /** -1 when there is no such stream. */
  readonly currentVersion: number;
}

/**
 * The append-only log of all events, in one order for everybody.
 *
 * - **Gap-free**: positions are 1, 2, 3… in commit order. A reader that has seen position n has seen everything before
 *   it, whoever writes at the same time, in however many processes.
 * - **Optimistic**: an append whose expected version does not hold throws `VersionConflict` and changes nothing.
 * - **Idempotent** by event id, for ever: appending an event that is there already gives the first answer again, whatever
 *   `expected` says; of an append that is there in part the rest is added if the stream ends where the part that is
 *   there does. The same id with other content throws `already_exists`.
 * - **Durable** when `append` resolves. Concurrent appends share a commit; one that fails harms no other.
 * - `unavailable` while the store is away; then nobody knows whether an append took place, and repeating it is safe.
 */
export interface EventLog {
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
  /** Resolves with the head as soon as it is at or beyond `position`, or when `signal` aborts. */
  waitFor(position: number, signal: AbortSignal): Promise<number>;
  /** A named cursor as the last commit that moved it left it; 0 when none did. */
  cursor(name: string): Promise<number>;
  /** Resolves when the store answers; throws `unavailable` when it does not, within 2 s. */
  ping(): Promise<void>;
  /** Waits for appends under way, then closes. Idempotent. */
  close(): Promise<void>;
}

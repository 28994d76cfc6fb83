import type { ParkedEvents } from './parked-events';

/** One hop of the ledger: how far a group has come in one partition of a topic. */
export interface GroupPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The owner's newest sequence, or null when the owner cannot be asked now. */
  readonly head: number | null;
  /** The group's cursor. */
  readonly applied: number;
  readonly parked: number;
  readonly deadLetters: number;
  /** Accepted by the owner and not yet taken by this group. */
  readonly inFlight: number;
  readonly gapsFilled: number;
  /** Sequences that can no longer be had: lost to this group. */
  readonly missing: readonly number[];
}

/** A group's side of one topic: takes its events, keeps its cursor, retries what failed. */
export interface Consumer {
  readonly topic: string;
  readonly group: string;
  /** A worker: consumes until `signal` aborts, then finishes the batch under way. */
  run(signal: AbortSignal): Promise<void>;
  positions(): Promise<readonly GroupPosition[]>;
  /** Events of this group that failed: waiting for a retry, or dead letters. */
  readonly parked: ParkedEvents;
}

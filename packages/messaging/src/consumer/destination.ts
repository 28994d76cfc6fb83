import type { CloudEvent } from '@fanfare/contracts';
import type { Cursor, CursorMove } from '../cursor/cursor';
import type { Incoming, IncomingEvent } from '../events/event-codec';
import type { AppliedResult } from '../messaging-observer';
import type { BlockedKeys } from '../parked/blocked-keys';
import type { ParkedEvent } from '../parked/parked-events';
import type { Verdict } from '../parked/retry-policy';

/** Where a group's effects become durable: what a database and an event log do differently. */
export interface Destination {
  openPartition(partition: number, blockedKeys: BlockedKeys): PartitionDestination;
  /** Applies an event that was parked and takes its row out; false when another member took it first. */
  applyParked(row: ParkedEvent, item: IncomingEvent): Promise<boolean>;
}

/** The effects of one partition's events, and the cursor that becomes durable with them. */
export interface PartitionDestination {
  readonly cursor: Cursor;
  /** Divides items that follow each other into batches, in order, of which each can be applied at once. */
  divide(items: readonly Incoming[]): readonly (readonly Incoming[])[];
  /**
   * Applies a batch, keeps what is no event or has to wait for an earlier one of its key, and moves the cursor; tells
   * what became of the events. When it throws, it can be called again with the same items, or some of them.
   */
  apply(items: readonly Incoming[], move: CursorMove): Promise<readonly Outcome[]>;
  /**
   * Keeps an event that failed, and moves the cursor over it; false when it needs none, since it was applied before. Can be
   * called again too.
   */
  park(item: IncomingEvent, verdict: Verdict, move: CursorMove): Promise<boolean>;
}

/** What became of some of the events of a batch. */
export interface Outcome {
  readonly result: AppliedResult;
  readonly events: readonly CloudEvent[];
}

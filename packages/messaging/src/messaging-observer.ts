import type { CloudEvent } from '@fanfare/contracts';
import type { Tracer } from '@fanfare/core';

/** What became of an event in a group. */
export type AppliedResult = 'applied' | 'duplicate' | 'ignored' | 'parked' | 'dead';

/** A hole between a group's cursor and what the bus delivered, and how it was filled. */
export interface Gap {
  readonly topic: string;
  readonly group: string;
  readonly partition: number;
  /** First and last missing sequence. */
  readonly from: number;
  readonly to: number;
  /** `delivery`: the bus skipped them. `catch_up`: they were in the topic log and not on the bus. */
  readonly cause: 'delivery' | 'catch_up';
}

/** Told of everything notable inside messaging; the host turns it into metrics, log lines and spans. Must not throw. */
export interface MessagingObserver {
  /** Shows the way of each event in its trace; undefined unless traces are on. */
  readonly tracer?: Tracer | undefined;
  /** Events of `topic` were confirmed by the bus. */
  published(topic: string, count: number): void;
  /** `lagSeconds` per event is the time from acceptance to effect. */
  applied(group: string, result: AppliedResult, events: readonly CloudEvent[], nowMs: number): void;
  /** Bytes that stand for `count` events and cannot be read were kept as a dead letter. */
  unreadable(group: string, count: number): void;
  gapFilled(gap: Gap): void;
  /** Events that the owner's log no longer holds: they are lost to this group. */
  gapLost(gap: Gap): void;
  /** An event failed and will be tried again, or was given up (`dead`). */
  failed(failure: EventFailure): void;
  /**
   * The owner's log does not fit what a group is set to or has applied; events are not applied until somebody mends it.
   * Told again at each look.
   */
  mismatch(place: Pick<Gap, 'topic' | 'group' | 'partition'>, problem: string): void;
  /** A loop met a dependency that is away and waits. */
  waiting(what: string, error: unknown, delayMs: number): void;
}

export interface EventFailure {
  readonly topic: string;
  readonly group: string;
  readonly eventId: string;
  readonly attempts: number;
  readonly isDead: boolean;
  readonly reason: string;
}

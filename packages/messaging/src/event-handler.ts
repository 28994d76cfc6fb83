import type { CloudEvent, EventDefinition } from '@fanfare/contracts';
import { AppError, PermanentError, computeBackoffDelayMs, type BackoffPolicy } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';

/** What a group does with the events of a topic. */
export interface EventHandler {
  /** Events that it handles, each in its newest version, to which older ones are lifted; the others of the topic are passed over. */
  readonly events: readonly Pick<EventDefinition, 'type'>[];
  /**
   * Does beforehand, in transactions of its own, what would be too much for that of `apply`; a failure counts as one of
   * `apply`. Called before each of its calls with the same events and perhaps more, such as some that were applied already:
   * whatever it does has to be repeatable.
   */
  prepare?(events: readonly CloudEvent[]): Promise<void>;
  /**
   * Applies events, in order, inside the transaction that also moves the group's cursor. It must not have effects
   * outside the transaction, and it may be called again with some of the same events when the transaction fails.
   *
   * `PermanentError` makes an event a dead letter at once; `unavailable` pauses the group without spending an attempt;
   * whatever else is thrown parks the event that caused it, to be tried again.
   */
  apply(tx: Transaction, events: readonly CloudEvent[]): Promise<void>;
}

/** How often and when a failing event is tried again. */
export interface RetryPolicy {
  /** Attempts in all, before an event is a dead letter. */
  readonly maxAttempts: number;
  readonly backoff: BackoffPolicy;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 10,
  backoff: { firstMs: 100, maxMs: 300_000 },
};

/** What a failed attempt means for the event. */
export interface Verdict {
  readonly attempts: number;
  /** Null: no further try, a dead letter. */
  readonly nextAttemptAt: Date | null;
  readonly reason: string;
}

/** Judges the attempt number `attempts` (from 1), which failed with `error`. */
export function judgeFailure(error: unknown, attempts: number, now: Date, policy: RetryPolicy): Verdict {
  const isFinal = error instanceof PermanentError || attempts >= policy.maxAttempts;
  const delayMs = isFinal ? 0 : computeBackoffDelayMs(attempts, policy.backoff);
  return {
    attempts,
    nextAttemptAt: isFinal ? null : new Date(now.getTime() + delayMs),
    reason: describeFailure(error),
  };
}

/** One line for people: the message with those of its causes. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const label = error instanceof AppError ? `${error.code}: ${error.message}` : error.message;
  return error.cause instanceof Error ? `${label} (${describeFailure(error.cause)})` : label;
}

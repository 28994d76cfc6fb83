import type { DeliveryTables } from './delivery-tables';
import { toTime } from './state-rows';

/** An event that failed, or waits for its time or behind another of its subject, as it is kept for its observer. */
export interface Failure {
  readonly id: string;
  readonly position: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly orderKey: string;
  /** Tried again when its time comes; waiting for an earlier event of its subject; or given up. */
  readonly state: 'retry' | 'waiting' | 'dead';
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  /** When it failed first. */
  readonly failedAt: Date | null;
  readonly lastRetryAt: Date | null;
  readonly error: string | null;
  /** What an operator put in place of the event's data, as JSON. */
  readonly editedData: string | null;
}

/** Whether an event that was given up holds up later ones of its subject. */
export type DeadLetterPolicy = 'skip' | 'block';

/** The states that hold up later events of a subject. */
export function openStates(onDeadLetter: DeadLetterPolicy): readonly Failure['state'][] {
  return onDeadLetter === 'block' ? ['retry', 'waiting', 'dead'] : ['retry', 'waiting'];
}

type Row = DeliveryTables['observer_failures'];

export function toFailureRow(observerId: string, failure: Failure): Row {
  return {
    observer_id: observerId,
    position: failure.position,
    id: failure.id,
    event_id: failure.eventId,
    event_type: failure.eventType,
    order_key: failure.orderKey,
    state: failure.state,
    attempts: failure.attempts,
    next_attempt_at: failure.nextAttemptAt?.getTime() ?? null,
    failed_at: failure.failedAt?.getTime() ?? null,
    last_retry: failure.lastRetryAt?.getTime() ?? null,
    error: failure.error,
    edited_data: failure.editedData,
  };
}

export function toFailure(row: Row): Failure {
  return {
    id: row.id,
    position: row.position,
    eventId: row.event_id,
    eventType: row.event_type,
    orderKey: row.order_key,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: toTime(row.next_attempt_at),
    failedAt: toTime(row.failed_at),
    lastRetryAt: toTime(row.last_retry),
    error: row.error,
    editedData: row.edited_data,
  };
}

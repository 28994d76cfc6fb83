import type { Selectable } from 'kysely';
import type { Breaker } from './breaker';
import type { DeliveryTables } from './delivery-tables';

type BreakerColumns = Pick<
  Selectable<DeliveryTables['observer_states']>,
  'breaker_state' | 'failures' | 'successes' | 'last_failure_at' | 'failing_since' | 'next_attempt_at'
>;

export function toBreaker(row: BreakerColumns): Breaker {
  return {
    state: row.breaker_state,
    failureCount: row.failures,
    successCount: row.successes,
    lastFailureAt: toTime(row.last_failure_at),
    failingSince: toTime(row.failing_since),
    nextAttemptAt: toTime(row.next_attempt_at),
  };
}

export function toBreakerColumns(breaker: Breaker): BreakerColumns {
  return {
    // an open one becomes half-open by the passing of time, which nobody writes down
    breaker_state: breaker.state === 'closed' ? 'closed' : 'open',
    failures: breaker.failureCount,
    successes: breaker.successCount,
    last_failure_at: breaker.lastFailureAt?.getTime() ?? null,
    failing_since: breaker.failingSince?.getTime() ?? null,
    next_attempt_at: breaker.nextAttemptAt?.getTime() ?? null,
  };
}

/** Times are kept in milliseconds. */
export function toTime(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

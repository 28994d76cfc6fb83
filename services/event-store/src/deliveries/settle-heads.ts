import type { Queries } from '@fanfare/storage';
import type { DeliveryTables } from './delivery-tables';
import type { Failure } from './failure';

export interface HeadsToSettle {
  readonly observerId: string;
  readonly orderKeys: readonly string[];
  /** The states that hold up later events. */
  readonly open: readonly Failure['state'][];
  readonly now: Date;
}

/**
 * Sees to it that of the events that are kept with a key the first one is tried, at once when it had waited, and all others
 * wait for it. For whoever serves the observer, or has just made its server begin again.
 */
export async function settleHeads(
  queries: Queries,
  { observerId, orderKeys, open, now }: HeadsToSettle,
): Promise<void> {
  if (orderKeys.length === 0) return;
  const failures = queries.withTables<DeliveryTables>();
  const heads = await failures
    .selectFrom('observer_failures')
    .select((row) => row.fn.min('position').as('position'))
    .where('observer_id', '=', observerId)
    .where('order_key', 'in', orderKeys)
    .where('state', 'in', open)
    .groupBy('order_key')
    .execute();
  if (heads.length === 0) return;
  const positions = heads.map(({ position }) => position);
  await failures
    .updateTable('observer_failures')
    .set({ state: 'retry', next_attempt_at: now.getTime() })
    .where('observer_id', '=', observerId)
    .where('position', 'in', positions)
    .where('state', '=', 'waiting')
    .execute();
  await failures
    .updateTable('observer_failures')
    .set({ state: 'waiting', next_attempt_at: null })
    .where('observer_id', '=', observerId)
    .where('order_key', 'in', orderKeys)
    .where('position', 'not in', positions)
    .where('state', '=', 'retry')
    .execute();
}

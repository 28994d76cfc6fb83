import { erasedIdentifier } from '@fanfare/contracts';
import { forgottenSubjects, type IsForgotten } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import type { OrderEvent } from '../notifications/order-event';
import { findPlacings, type Placing } from './placings';

/** The events of which a customer is still to be told. */
export type LeaveOutForgotten = (
  tx: Transaction,
  events: readonly OrderEvent[],
) => Promise<readonly OrderEvent[]>;

/**
 * Leaves out all that happens to orders that were erased, or whose customer was forgotten after they were placed: nobody is
 * left to be told. An order whose creation is left out is remembered as forgotten, so that its later changes are too.
 */
export const leaveOutForgotten: LeaveOutForgotten = async (tx, events) => {
  if ((await forgottenSubjects.count(tx)) === 0) return events;
  const placings = await collectPlacings(tx, events);
  const customerIds = [...placings.values()].map(({ customerId }) => customerId);
  const orderIds = new Set(events.map(({ data }) => data.order_id));
  const isForgotten = await forgottenSubjects.find(tx, [...orderIds, ...customerIds]);
  const forgotten = new Set(
    [...orderIds].filter((orderId) => isForgottenOrder(orderId, placings.get(orderId), isForgotten)),
  );
  for (const { name, data } of events) {
    if (name !== 'order.created' || !forgotten.has(data.order_id)) continue;
    await forgottenSubjects.add(tx, { subject: data.order_id, erasedAt: new Date(data.created_at) });
  }
  return events.filter(({ data }) => !forgotten.has(data.order_id));
};

async function collectPlacings(
  { queries }: Transaction,
  events: readonly OrderEvent[],
): Promise<ReadonlyMap<string, Placing>> {
  const told = events.flatMap(({ name, data }): [string, Placing][] =>
    name === 'order.created'
      ? [[data.order_id, { customerId: data.customer_id, at: new Date(data.created_at) }]]
      : [],
  );
  const orderIds = new Set(events.map(({ data }) => data.order_id));
  for (const [orderId] of told) orderIds.delete(orderId);
  return new Map([...told, ...(await findPlacings(queries, [...orderIds]))]);
}

/** An order never comes back, whenever it was erased; a customer may, with new orders. */
function isForgottenOrder(orderId: string, placing: Placing | undefined, isForgotten: IsForgotten): boolean {
  if (isForgotten([orderId], new Date(0))) return true;
  if (!placing) return false;
  return placing.customerId === erasedIdentifier || isForgotten([placing.customerId], placing.at);
}

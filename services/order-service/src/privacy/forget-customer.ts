import { erasedIdentifier } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { Erasure, ForgetSubject } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import type { IdempotencyTables } from '../orders/idempotency-keys';
import type { Order } from '../orders/order';
import { encodeOrder, orderBody } from '../orders/order-body';
import type { OrderCache } from '../orders/order-cache';
import { fromRow, type OrderTables } from '../orders/order-store';

export interface ForgetCustomerDeps {
  readonly cache: Pick<OrderCache, 'beforeChange' | 'afterChange'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Takes a customer's id out of the orders that were placed until then, or the customer's out of the order that was erased
 * itself: rows, answers kept under idempotency keys, and the cache. What was sold stays. The topic log is left alone:
 * others must not find another event under an id that they know, and its rows end with the retention time.
 */
export function createForgetCustomer({ cache, clock }: ForgetCustomerDeps): ForgetSubject {
  return async function forgetCustomer(tx, erasure) {
    const orders = await findOrders(tx, erasure);
    for (const order of orders) {
      const forgotten: Order = {
        ...order,
        customerId: erasedIdentifier,
        version: order.version + 1,
        updatedAt: clock.now(),
      };
      // as in every change: before anybody can read the new state from the database
      await cache.beforeChange(forgotten.id, forgotten.version);
      await rewriteOrder(tx, forgotten);
      tx.afterCommit(() => {
        cache.afterChange(encodeOrder(forgotten));
      });
    }
    if (orders.length > 0) await rewriteAnswers(tx, orders);
  };
}

async function findOrders(
  { queries, dialect }: Transaction,
  { subject, erasedAt }: Erasure,
): Promise<readonly Order[]> {
  const rows = await queries
    .withTables<OrderTables>()
    .selectFrom('orders')
    .selectAll()
    .where((row) => row.or([row('customer_id', '=', subject), row('id', '=', subject)]))
    .where('customer_id', '!=', erasedIdentifier)
    .where('created_at', '<=', erasedAt.getTime())
    .orderBy('id')
    .modifyEnd(dialect.forUpdate)
    .execute();
  return rows.map(fromRow);
}

async function rewriteOrder({ queries }: Transaction, order: Order): Promise<void> {
  await queries
    .withTables<OrderTables>()
    .updateTable('orders')
    .set({ customer_id: order.customerId, version: order.version, updated_at: order.updatedAt.getTime() })
    .where('id', '=', order.id)
    .execute();
}

/** The keys themselves stay, so that a client that tries again still places no second order. */
async function rewriteAnswers({ queries }: Transaction, orders: readonly Order[]): Promise<void> {
  const keys = queries.withTables<IdempotencyTables>();
  const rows = await keys
    .selectFrom('idempotency_keys')
    .select(['idempotency_key', 'answer'])
    .where(
      'order_id',
      'in',
      orders.map(({ id }) => id),
    )
    .execute();
  for (const { idempotency_key: key, answer } of rows) {
    const body = orderBody.parse(JSON.parse(answer));
    await keys
      .updateTable('idempotency_keys')
      .set({ answer: JSON.stringify({ ...body, customer_id: erasedIdentifier }) })
      .where('idempotency_key', '=', key)
      .execute();
  }
}

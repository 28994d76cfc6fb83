import { erasedIdentifier } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import { rewriteParked } from '@fanfare/messaging';
import { eraseSubjectIn, type Erasure, type Forgetting } from '@fanfare/service-kit';
import type { Database, Transaction } from '@fanfare/storage';
import type { IdempotencyTables } from '../orders/idempotency-keys';
import { forgetCustomerOf, type Order } from '../orders/order';
import { encodeOrder, orderBody } from '../orders/order-body';
import type { OrderCache } from '../orders/order-cache';
import { fromRow, type OrderTables } from '../orders/order-store';

export interface ForgetCustomerDeps {
  readonly database: Pick<Database, 'transact'>;
  readonly cache: Pick<OrderCache, 'beforeChange' | 'afterChange'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Few enough that no order is locked for long. */
const ordersAtOnce = 500;

/**
 * Takes a customer's id out of the orders that were placed until then, or the customer's out of the order that was erased
 * itself: rows, answers kept under idempotency keys, dead letters, and the cache. What was sold stays. The topic log is left
 * alone: others must not find another event under an id that they know, and its rows end with the retention time.
 */
export function createForgetCustomer({ database, cache, clock }: ForgetCustomerDeps): Required<Forgetting> {
  /** Returns whether there may be more. */
  async function forgetSome(tx: Transaction, erasure: Erasure): Promise<boolean> {
    const orders = await findOrders(tx, erasure);
    if (orders.length === 0) return false;
    const now = clock.now();
    const forgotten = orders.map((order) => forgetCustomerOf(order, now));
    // as in every change: before anybody can read the new state from the database
    await Promise.all(forgotten.map(({ id, version }) => cache.beforeChange(id, version)));
    const ids = orders.map(({ id }) => id);
    await rewriteOrders(tx, ids, now);
    await rewriteAnswers(tx, ids);
    tx.afterCommit(() => {
      for (const order of forgotten) cache.afterChange(encodeOrder(order));
    });
    return orders.length === ordersAtOnce;
  }

  return {
    async forgetFirst(erasure, goOn) {
      while (await database.transact((tx) => forgetSome(tx, erasure))) goOn();
    },
    async forget(tx, erasure) {
      while (await forgetSome(tx, erasure));
      await rewriteParked(tx.queries, erasure.subject, eraseSubjectIn(erasure.subject));
    },
  };
}

/** Those that were forgotten before are not found again, so that the next ones are. */
async function findOrders(
  { queries, dialect }: Transaction,
  { subject, erasedAt }: Erasure,
): Promise<readonly Order[]> {
  const orders = queries.withTables<OrderTables>().selectFrom('orders').selectAll();
  const placed = orders
    .where('customer_id', '!=', erasedIdentifier)
    .where('created_at', '<=', erasedAt.getTime())
    .modifyEnd(dialect.forUpdate);
  const itself = await placed.where('id', '=', subject).execute();
  // apart from the one above, as each is found by an index of its own
  const ofCustomer = await placed
    .where('customer_id', '=', subject)
    .where('id', '!=', subject)
    .orderBy('id')
    .limit(ordersAtOnce - itself.length)
    .execute();
  return [...itself, ...ofCustomer].map(fromRow);
}

/** All at once, to what `forgetCustomerOf` makes of each. */
async function rewriteOrders({ queries }: Transaction, ids: readonly string[], now: Date): Promise<void> {
  const nowMs = now.getTime();
  await queries
    .withTables<OrderTables>()
    .updateTable('orders')
    .set((row) => ({
      customer_id: erasedIdentifier,
      version: row('version', '+', 1),
      updated_at: row.case().when('updated_at', '<', nowMs).then(nowMs).else(row.ref('updated_at')).end(),
    }))
    .where('id', 'in', ids)
    .execute();
}

/** The keys themselves stay, so that a client that tries again still places no second order. */
async function rewriteAnswers({ queries }: Transaction, orderIds: readonly string[]): Promise<void> {
  const keys = queries.withTables<IdempotencyTables>();
  const rows = await keys
    .selectFrom('idempotency_keys')
    .select(['idempotency_key', 'answer'])
    .where('order_id', 'in', orderIds)
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

import { erasedIdentifier } from '@fanfare/contracts';
import { rewriteParked } from '@fanfare/messaging';
import { eraseSubjectIn, forgottenSubjects, type Erasure, type ForgetSubject } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import { sql } from 'kysely';
import type { AnalyticsTables } from '../analytics-tables';
import { createTotalsSum } from '../orders/totals-delta';
import type { MetricsStore } from '../orders/metrics-store';
import { addCustomerTotals } from '../orders/totals-store';

/** As many keys as databases look up one by one. */
const keysPerStatement = 500;

/**
 * Counts the orders of a customer who is forgotten among those of all who are, so that no total changes but theirs: those
 * placed until then, or the one order that was erased itself.
 */
export function createForgetCustomer(metrics: Pick<MetricsStore, 'find'>): ForgetSubject {
  return async function forgetCustomer(tx, erasure) {
    await forgottenSubjects.add(tx, erasure);
    const ids = await findOrders(tx, erasure);
    const orders = [...(await metrics.find(tx, ids)).values()];
    const sum = createTotalsSum();
    for (const order of orders) {
      sum.remove(order);
      sum.add({ ...order, customerId: erasedIdentifier });
    }
    for (let start = 0; start < ids.length; start += keysPerStatement) {
      await renameCustomers(tx, ids.slice(start, start + keysPerStatement));
    }
    await addCustomerTotals(tx, sum.total().customers);
    await removeEmptyTotals(tx, new Set(orders.map(({ customerId }) => customerId)));
    await rewriteFindings(tx, erasure.subject);
    await rewriteParked(tx.queries, erasure.subject, eraseSubjectIn(erasure.subject));
  };
}

async function findOrders({ queries }: Transaction, { subject, erasedAt }: Erasure): Promise<string[]> {
  const rows = await queries
    .withTables<AnalyticsTables>()
    .selectFrom('order_metrics')
    .select('order_id')
    .where((row) => row.or([row('customer_id', '=', subject), row('order_id', '=', subject)]))
    .where('customer_id', '!=', erasedIdentifier)
    .where('created_at', '<=', erasedAt.getTime())
    .execute();
  return rows.map((row) => row.order_id);
}

async function renameCustomers({ queries }: Transaction, orderIds: readonly string[]): Promise<void> {
  await queries
    .withTables<AnalyticsTables>()
    .updateTable('order_metrics')
    .set({ customer_id: erasedIdentifier })
    .where('order_id', 'in', orderIds)
    .execute();
}

async function removeEmptyTotals({ queries }: Transaction, customerIds: ReadonlySet<string>): Promise<void> {
  if (customerIds.size === 0) return;
  await queries
    .withTables<AnalyticsTables>()
    .deleteFrom('customer_totals')
    .where('customer_id', 'in', [...customerIds])
    .where('orders', '=', 0)
    .execute();
}

/** What rebuilds have found may name customers. */
async function rewriteFindings({ queries }: Transaction, subject: string): Promise<void> {
  const rebuilds = queries.withTables<AnalyticsTables>();
  const quoted = JSON.stringify(subject);
  const rows = await rebuilds
    .selectFrom('rebuilds')
    .select(['id', 'difference'])
    .where(sql<boolean>`instr(difference, ${quoted}) > 0`)
    .execute();
  for (const { id, difference } of rows) {
    const rewritten = difference?.replaceAll(quoted, JSON.stringify(erasedIdentifier)) ?? null;
    await rebuilds.updateTable('rebuilds').set({ difference: rewritten }).where('id', '=', id).execute();
  }
}

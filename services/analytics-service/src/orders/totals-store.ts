import { unanswered, type SqlRow, type Transaction } from '@fanfare/storage';
import type { AnalyticsTables, TableSet } from '../analytics-tables';
import type { BatchEffect } from './count-changes';
import { inKeyOrder } from './key-order';
import type { Tally, TotalsDelta } from './totals-delta';

/** Every total that is kept; see `migrations/`. */
export interface TotalsStore {
  /** Adds what a batch of events comes to, and as many to the version as it had events. */
  add(tx: Transaction, effect: BatchEffect): Promise<void>;
}

type AddRows = (table: string, key: readonly string[], rows: readonly SqlRow[]) => Promise<void>;

export function createTotalsStore(tables: TableSet = ''): TotalsStore {
  return {
    async add(tx, effect) {
      const { products, customers, statuses, times } = effect.delta;
      const addRows = rowAdder(tx);
      await addRows(
        `${tables}product_totals`,
        ['product_id'],
        [...products].map(([id, tally]) => ({ product_id: id, ...toColumns(tally) })),
      );
      await addRows(`${tables}customer_totals`, ['customer_id'], toCustomerRows(customers));
      await addRows(
        `${tables}time_totals`,
        ['bucket', 'start_at'],
        times.map((tally) => ({ bucket: tally.bucket, start_at: tally.startAtMs, ...toColumns(tally) })),
      );
      await addRows(
        `${tables}status_totals`,
        ['status'],
        [...statuses].map(([status, orders]) => ({ status, orders })),
      );
      // the one row that everyone wants comes last, so that it is locked for the shortest time
      await addToOrderTotals(tx, `${tables}order_totals`, effect);
    },
  };
}

/** Adds to what is served of customers, and to nothing else: what some have more, others have less. */
export async function addCustomerTotals(tx: Transaction, customers: TotalsDelta['customers']): Promise<void> {
  await rowAdder(tx)('customer_totals', ['customer_id'], toCustomerRows(customers));
}

function toCustomerRows(customers: TotalsDelta['customers']) {
  return [...customers].map(([id, tally]) => ({ customer_id: id, ...toColumns(tally) }));
}

/** Every column that is not of the key grows; a row that would not grow is left out. */
function rowAdder({ queries, dialect }: Transaction): AddRows {
  return async (table, key, rows) => {
    const columns = Object.keys(rows[0] ?? {}).filter((column) => !key.includes(column));
    const changed = rows.filter((row) => columns.some((column) => row[column] !== 0));
    await dialect.upsertRows(
      queries,
      table,
      inKeyOrder(changed, key),
      { key, add: columns },
      { isUnanswered: true },
    );
  };
}

function toColumns({ orders, cancelledOrders, quantity, revenueMinor }: Tally) {
  return { orders, cancelled_orders: cancelledOrders, quantity, revenue_minor: revenueMinor };
}

async function addToOrderTotals(
  tx: Transaction,
  table: `${TableSet}order_totals`,
  { delta, events, lastEventAtMs }: BatchEffect,
): Promise<void> {
  const grow = tx.queries
    .withTables<AnalyticsTables>()
    .updateTable(table)
    .set((row) => ({
      total_orders: row('total_orders', '+', delta.all.orders),
      cancelled_orders: row('cancelled_orders', '+', delta.all.cancelledOrders),
      revenue_minor: row('revenue_minor', '+', delta.all.revenueMinor),
      version: row('version', '+', events),
      // an event that is tried again may be older than those applied meanwhile
      last_event_at: row
        .case()
        .when('last_event_at', '>', lastEventAtMs)
        .then(row.ref('last_event_at'))
        .else(lastEventAtMs)
        .end(),
    }))
    .where('id', '=', 1)
    .compile();
  await tx.queries.executeQuery(unanswered(grow));
}

import type { OrderStatus } from '@fanfare/contracts';
import type { SqlRow, Transaction } from '@fanfare/storage';
import type { AnalyticsTables, TableSet } from '../analytics-tables';
import type { OrderMetric } from './order-metric';
import { inKeyOrder } from './key-order';

/** The orders that analytics knows. */
export interface MetricsStore {
  /** Those of `orderIds` that are known, locked until the transaction ends. */
  find(tx: Transaction, orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderMetric>>;
  /**
   * The same for ids that are probably all new. Where ids grow with time, as those of orders do, one look between the
   * lowest and the highest then tells that none of them is known.
   */
  findAmongNew(tx: Transaction, orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderMetric>>;
  /** Throws `already_exists` when one of them is known. */
  insert(tx: Transaction, orders: readonly OrderMetric[], processedAt: Date): Promise<void>;
  updateStatuses(tx: Transaction, orders: readonly OrderMetric[]): Promise<void>;
}

/** As many keys as databases look up one by one, rather than making a table of them. */
const keysPerStatement = 500;

type MetricsTable = `${TableSet}order_metrics`;

export function createMetricsStore(tables: TableSet = ''): MetricsStore {
  const table: MetricsTable = `${tables}order_metrics`;

  async function find(tx: Transaction, orderIds: readonly string[]): Promise<Map<string, OrderMetric>> {
    const found = new Map<string, OrderMetric>();
    for (const ids of inPieces([...new Set(orderIds)].sort())) {
      for (const order of await selectOrders(tx, table, ids)) found.set(order.orderId, order);
    }
    return found;
  }

  return {
    find,
    findAmongNew: async (tx, orderIds) =>
      (await isAnyKnownBetween(tx, table, orderIds)) ? find(tx, orderIds) : new Map(),
    async insert(tx, orders, processedAt) {
      const processedAtMs = processedAt.getTime();
      const rows = orders.map((order) => toRow(order, processedAtMs));
      await tx.dialect.insertRows(tx.queries, table, inKeyOrder(rows, ['order_id']), {
        isUnanswered: true,
      });
    },
    async updateStatuses(tx, orders) {
      for (const [status, orderIds] of groupIdsByStatus(orders)) {
        for (const ids of inPieces(orderIds.sort())) await updateStatus(tx, table, status, ids);
      }
    },
  };
}

async function isAnyKnownBetween(
  { queries }: Transaction,
  table: MetricsTable,
  orderIds: readonly string[],
): Promise<boolean> {
  const [first] = orderIds;
  if (first === undefined) return false;
  const lowest = orderIds.reduce((one, other) => (other < one ? other : one), first);
  const highest = orderIds.reduce((one, other) => (other > one ? other : one), first);
  const row = await queries
    .withTables<AnalyticsTables>()
    .selectFrom(table)
    .select('order_id')
    .where('order_id', '>=', lowest)
    .where('order_id', '<=', highest)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function selectOrders(
  { queries, dialect }: Transaction,
  table: MetricsTable,
  ids: readonly string[],
): Promise<OrderMetric[]> {
  return queries
    .withTables<AnalyticsTables>()
    .selectFrom(table)
    .select([
      'order_id as orderId',
      'customer_id as customerId',
      'product_id as productId',
      'quantity',
      'total_amount_minor as totalAmountMinor',
      'status',
      'created_at as createdAtMs',
    ])
    .where('order_id', 'in', ids)
    .orderBy('order_id')
    .modifyEnd(dialect.forUpdate)
    .execute();
}

async function updateStatus(
  tx: Transaction,
  table: MetricsTable,
  status: OrderStatus,
  ids: readonly string[],
): Promise<void> {
  await tx.queries
    .withTables<AnalyticsTables>()
    .updateTable(table)
    .set({ status })
    .where('order_id', 'in', ids)
    .execute();
}

function toRow(order: OrderMetric, processedAtMs: number): SqlRow & AnalyticsTables['order_metrics'] {
  return {
    order_id: order.orderId,
    customer_id: order.customerId,
    product_id: order.productId,
    quantity: order.quantity,
    total_amount_minor: order.totalAmountMinor,
    status: order.status,
    created_at: order.createdAtMs,
    processed_at: processedAtMs,
  };
}

function groupIdsByStatus(orders: readonly OrderMetric[]): Map<OrderStatus, string[]> {
  const groups = new Map<OrderStatus, string[]>();
  for (const { status, orderId } of orders) {
    const ids = groups.get(status);
    if (ids) ids.push(orderId);
    else groups.set(status, [orderId]);
  }
  return groups;
}

function* inPieces(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += keysPerStatement) {
    yield ids.slice(start, start + keysPerStatement);
  }
}

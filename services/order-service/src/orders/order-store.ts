import type { OrderStatus } from '@fanfare/contracts';
import type { Database, DeferredWrite, Transaction } from '@fanfare/storage';
import type { Order } from './order';

export type OrderTables = {
  orders: {
    id: string;
    customer_id: string;
    product_id: string;
    quantity: number;
    total_amount_minor: number;
    currency: string;
    status: OrderStatus;
    version: number;
    created_at: number;
    updated_at: number;
  };
};

type OrderRow = OrderTables['orders'];

export interface OrderFilter {
  readonly customerId?: string | undefined;
  readonly status?: OrderStatus | undefined;
  /** Only orders placed before the one with this id. */
  readonly beforeId?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The orders in the database. Throws what `Database` throws. */
export interface OrderStore {
  /** Adds the order at the end of the transaction, in one statement with those of everyone who shares it. */
  insert(tx: Transaction, order: Order): void;
  /** Writes a changed order over its previous version; false when that is no longer the current one. */
  update(tx: Transaction, changed: Order): Promise<boolean>;
  find(id: string): Promise<Order | null>;
  /** Inside a transaction, until whose end nobody else changes the order. */
  findForUpdate(tx: Transaction, id: string): Promise<Order | null>;
  /** Newest first: ids are UUIDv7, which sort in the order in which they were made. */
  list(filter: OrderFilter): Promise<readonly Order[]>;
}

const insertOrders: DeferredWrite<Order> = {
  stage: 'aggregates',
  write: (tx, orders) =>
    tx.dialect.insertRows(tx.queries, 'orders', orders.map(toRow), { isUnanswered: true }),
};

export function createOrderStore(database: Pick<Database, 'queries'>): OrderStore {
  const queries = database.queries.withTables<OrderTables>();

  return {
    insert(tx, order) {
      tx.writeLater(insertOrders, order);
    },
    async update(tx, { id, status, version, updatedAt }) {
      const { numUpdatedRows } = await tx.queries
        .withTables<OrderTables>()
        .updateTable('orders')
        .set({ status, version, updated_at: updatedAt.getTime() })
        .where('id', '=', id)
        .where('version', '=', version - 1)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    async find(id) {
      const row = await queries.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? fromRow(row) : null;
    },
    async findForUpdate(tx, id) {
      const row = await tx.queries
        .withTables<OrderTables>()
        .selectFrom('orders')
        .selectAll()
        .where('id', '=', id)
        .modifyEnd(tx.dialect.forUpdate)
        .executeTakeFirst();
      return row ? fromRow(row) : null;
    },
    async list({ customerId, status, beforeId, offset, limit }) {
      let newest = queries.selectFrom('orders').selectAll().orderBy('id', 'desc');
      if (customerId !== undefined) newest = newest.where('customer_id', '=', customerId);
      if (status !== undefined) newest = newest.where('status', '=', status);
      if (beforeId !== undefined) newest = newest.where('id', '<', beforeId);
      const rows = await newest.limit(limit).offset(offset).execute();
      return rows.map(fromRow);
    },
  };
}

function toRow(order: Order): OrderRow {
  return {
    id: order.id,
    customer_id: order.customerId,
    product_id: order.productId,
    quantity: order.quantity,
    total_amount_minor: order.totalMinor,
    currency: order.currency,
    status: order.status,
    version: order.version,
    created_at: order.createdAt.getTime(),
    updated_at: order.updatedAt.getTime(),
  };
}

/** An order as a row has it. */
export function fromRow(row: OrderRow): Order {
  return {
    id: row.id,
    customerId: row.customer_id,
    productId: row.product_id,
    quantity: row.quantity,
    totalMinor: row.total_amount_minor,
    currency: row.currency,
    status: row.status,
    version: row.version,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

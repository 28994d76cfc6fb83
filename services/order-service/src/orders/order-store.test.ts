import { join } from 'node:path';
import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { groupCommit, migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase, readIndexedColumns } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import { changeStatus, newOrder, type Order } from './order';
import { createOrderStore } from './order-store';

const newId = createIdGenerator(createSystemClock());
const migrations = readMigrations(join(__dirname, '..', '..', 'migrations'));

function sampleOrder(changes: Partial<Order> = {}): Order {
  const request = { customerId: 'customer-1', productId: 'product-1', quantity: 2, totalMinor: 9_999 };
  const order = newOrder(request, { id: newId(), currency: 'USD', at: new Date('2026-01-01T10:00:00.123Z') });
  return { ...order, ...changes };
}

describeOnEveryDatabase('the order store', (openDatabase) => {
  async function openStore() {
    const database = await openDatabase();
    await migrate(database, { component: 'orders', migrations });
    const orders = createOrderStore(database);
    const insert = (order: Order) =>
      database.transact(async (tx) => {
        orders.insert(tx, order);
      });
    const update = (order: Order) => database.transact((tx) => orders.update(tx, order));
    return { database, orders, insert, update };
  }

  it('reads back exactly what was written, milliseconds and cents included', async () => {
    const { orders, insert } = await openStore();
    const order = sampleOrder({ customerId: '!'.repeat(64), quantity: 1_000_000, totalMinor: 9_999_999_999 });

    await insert(order);

    expect(await orders.find(order.id)).toEqual(order);
    expect(await orders.find(newId())).toBeNull();
  });

  it('writes the orders of everyone who shares a transaction in one statement', async () => {
    const { database, orders } = await openStore();
    const statements: string[] = [];
    const transact = groupCommit({
      transact: (work) =>
        database.transact((tx) => work({ ...tx, dialect: spyOnInserts(database, statements) })),
    });

    const placed = Array.from({ length: 20 }, () => sampleOrder());
    await Promise.all(
      placed.map((order) =>
        transact(async (tx) => {
          orders.insert(tx, order);
        }),
      ),
    );

    expect(await orders.list({ offset: 0, limit: 100 })).toHaveLength(20);
    expect(statements.length).toBeLessThanOrEqual(2);
  });

  it('changes an order only from the version before', async () => {
    const { orders, insert, update } = await openStore();
    const placed = sampleOrder();
    await insert(placed);
    const confirmed = changeStatus(placed, 'confirmed', new Date('2026-01-01T10:00:01.456Z'));
    const cancelled = changeStatus(placed, 'cancelled', new Date('2026-01-01T10:00:02.789Z'));

    expect(await update(confirmed)).toBe(true);
    expect(await update(cancelled)).toBe(false);
    expect(await orders.find(placed.id)).toEqual(confirmed);
  });

  it('lists the newest first, by page, by customer and by status', async () => {
    const { orders, insert } = await openStore();
    const placed = Array.from({ length: 6 }, (_, index) =>
      sampleOrder({ customerId: `customer-${index % 2}` }),
    );
    for (const order of placed)
      await insert({ ...order, status: order === placed[4] ? 'shipped' : 'pending' });
    const ids = placed.map(({ id }) => id).reverse();
    const list = async (filter: object) => {
      const found = await orders.list({ offset: 0, limit: 10, ...filter });
      return found.map(({ id }) => ids.indexOf(id));
    };

    expect(await list({})).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await list({ limit: 2, offset: 3 })).toEqual([3, 4]);
    expect(await list({ limit: 2, beforeId: ids[1] })).toEqual([2, 3]);
    expect(await list({ customerId: 'customer-0' })).toEqual([1, 3, 5]);
    expect(await list({ customerId: 'customer-0', status: 'pending' })).toEqual([3, 5]);
    expect(await list({ customerId: 'CUSTOMER-0' })).toEqual([]);
    expect(await list({ status: 'shipped', beforeId: ids[1] })).toEqual([]);
  });

  it('has the columns and indexes of the original for people who look at its table', async () => {
    const { database, insert } = await openStore();
    const order = sampleOrder({ quantity: 3, totalMinor: 14_999 });
    await insert(order);

    const { rows } = await sql`
      select id, customer_id, product_id, quantity, total_amount, status, created_at, updated_at
      from orders`.execute(database.queries);

    expect(rows).toEqual([
      {
        id: order.id,
        customer_id: 'customer-1',
        product_id: 'product-1',
        quantity: 3,
        total_amount: 149.99,
        status: 'pending',
        created_at: order.createdAt.getTime(),
        updated_at: order.createdAt.getTime(),
      },
    ]);
    expect(await readIndexedColumns(database, 'orders')).toEqual(
      expect.arrayContaining(['customer_id', 'product_id', 'status', 'created_at']),
    );
  });

  it('keeps its orders when a database is brought from its first version to the newest', async () => {
    const database = await openDatabase();
    const orders = createOrderStore(database);
    const order = sampleOrder();
    await migrate(database, { component: 'orders', migrations: migrations.slice(0, 1) });
    await database.transact(async (tx) => {
      orders.insert(tx, order);
    });

    await migrate(database, { component: 'orders', migrations });

    expect(await orders.find(order.id)).toEqual(order);
  });
});

function spyOnInserts(database: Database, statements: string[]): Database['dialect'] {
  return {
    ...database.dialect,
    insertRows: (queries, table, rows) => {
      statements.push(table);
      return database.dialect.insertRows(queries, table, rows);
    },
  };
}

import { join } from 'node:path';
import { createIdGenerator, createSystemClock, createVirtualClock } from '@fanfare/core';
import { migrateMessaging } from '@fanfare/messaging';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase, readIndexedColumns } from '@fanfare/storage/testing';
import { createIdempotencyKeys } from '../orders/idempotency-keys';
import { newOrder, type Order } from '../orders/order';
import { encodeOrder, type EncodedOrder } from '../orders/order-body';
import { createOrderStore, type OrderTables } from '../orders/order-store';
import { createForgetCustomer } from './forget-customer';

const newId = createIdGenerator(createSystemClock());
const migrations = readMigrations(join(__dirname, '..', '..', 'migrations'));
const placedAt = new Date('2026-01-01T10:00:00Z');
const erasure = { subject: 'customer-to-forget', erasedAt: placedAt };

function orderOf(customerId: string): Order {
  const request = { customerId, productId: 'product-1', quantity: 2, totalMinor: 9_999 };
  return newOrder(request, { id: newId(), currency: 'USD', at: placedAt });
}

const goOn = () => undefined;

describeOnEveryDatabase('a customer with many orders', (openDatabase) => {
  let database: Database;
  let sizes: number[];
  let failAt: number;
  let cached: EncodedOrder[];

  /** The database, of which a transaction can be made to fail; how many orders each one changed is noted. */
  const watched: Pick<Database, 'transact'> = {
    transact: (work) =>
      database.transact(async (tx) => {
        sizes.push(0);
        const result = await work(tx);
        if (sizes.length === failAt) throw new Error('the database went away');
        return result;
      }),
  };

  function open(clock = createVirtualClock()) {
    const cache = {
      beforeChange() {
        sizes.push((sizes.pop() ?? 0) + 1);
        return Promise.resolve();
      },
      afterChange: (order: EncodedOrder) => void cached.push(order),
    };
    return createForgetCustomer({ database: watched, cache, clock });
  }

  async function place(orders: readonly Order[]): Promise<void> {
    const store = createOrderStore(database);
    const keys = createIdempotencyKeys(database, createVirtualClock());
    await database.transact((tx) => {
      for (const order of orders) {
        store.insert(tx, order);
        keys.insert(tx, { key: `key-${order.id}`, bodyHash: 'a'.repeat(64), order: encodeOrder(order) });
      }
      return Promise.resolve();
    });
  }

  /** How many orders name whom, by version. */
  async function countOrders(): Promise<Readonly<Record<string, number>>> {
    const rows = await database.queries
      .withTables<OrderTables>()
      .selectFrom('orders')
      .select(['customer_id', 'version'])
      .select((row) => row.fn.countAll<number>().as('orders'))
      .groupBy(['customer_id', 'version'])
      .execute();
    return Object.fromEntries(rows.map((row) => [`${row.customer_id} ${row.version}`, row.orders]));
  }

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'orders', migrations });
    await migrateMessaging(database);
    sizes = [];
    failAt = 0;
    cached = [];
    await place([...Array.from({ length: 1_100 }, () => orderOf(erasure.subject)), orderOf('somebody-else')]);
  });

  it('is forgotten in several transactions, of a few hundred orders each', async () => {
    await open().forgetFirst(erasure, goOn);

    expect(sizes).toEqual([500, 500, 100]);
    expect(await countOrders()).toEqual({ 'erased 2': 1_100, 'somebody-else 1': 1 });
    const answers = await database.queries
      .withTables<{ idempotency_keys: { answer: string } }>()
      .selectFrom('idempotency_keys')
      .select('answer')
      .where('answer', 'like', `%${erasure.subject}%`)
      .execute();
    expect(answers).toEqual([]);
  });

  it('stays forgotten as far as it had come when it is broken off, and the rest follows', async () => {
    failAt = 2;
    const forgetCustomer = open();

    await expect(forgetCustomer.forgetFirst(erasure, goOn)).rejects.toThrow('the database went away');
    expect(await countOrders()).toMatchObject({ [`${erasure.subject} 1`]: 600, 'erased 2': 500 });
    sizes = [];
    failAt = 0;
    await forgetCustomer.forgetFirst(erasure, goOn);

    expect(sizes).toEqual([500, 100]);
    expect(await countOrders()).toEqual({ 'erased 2': 1_100, 'somebody-else 1': 1 });
  });

  it.each([
    ['a clock that is slow', new Date(placedAt.getTime() - 60_000), placedAt],
    ['a clock that is right', new Date(placedAt.getTime() + 60_000), new Date(placedAt.getTime() + 60_000)],
  ])('is forgotten by %s without an order whose times run backwards', async (_, now, updatedAt) => {
    const order = orderOf('another-to-forget');
    await place([order]);

    await open(createVirtualClock(now)).forgetFirst({ ...erasure, subject: 'another-to-forget' }, goOn);

    const forgotten = { ...order, customerId: 'erased', version: 2, updatedAt };
    expect(await createOrderStore(database).find(order.id)).toEqual(forgotten);
    expect(cached).toEqual([encodeOrder(forgotten)]);
  });

  it('waits for the next start when the service stops', async () => {
    const stop = () => {
      throw new Error('the service stops');
    };

    await expect(open().forgetFirst(erasure, stop)).rejects.toThrow('the service stops');

    expect(sizes).toEqual([500]);
  });

  it('is forgotten with what came in meanwhile, once more or not', async () => {
    const forgetCustomer = open();
    await forgetCustomer.forgetFirst(erasure, goOn);
    await place([orderOf(erasure.subject)]);

    for (let times = 0; times < 2; times += 1) {
      await database.transact((tx) => forgetCustomer.forget(tx, erasure));
      expect(await countOrders()).toEqual({ 'erased 2': 1_101, 'somebody-else 1': 1 });
    }
  });

  it.each([
    ['he is erased', erasure.subject],
    ['the order is erased', 'o-1'],
  ])('is taken out of dead letters when %s', async (_, subject) => {
    const body = { subject: 'o-1', data: { order_id: 'o-1', customer_id: erasure.subject } };
    await database.dialect.insertRows(database.queries, 'parked_events', [
      {
        id: 'p-1',
        group_name: 'order-service',
        topic: 'mediator',
        part: 0,
        ordinal: 1,
        sequence: 1,
        event_id: null,
        event_type: null,
        event_key: null,
        state: 'dead',
        attempts: 1,
        failed_at: 0,
        content_type: 'application/json',
        next_attempt_at: null,
        reason: 'it is no event',
        body: Buffer.from(JSON.stringify(body)),
      },
    ]);

    await database.transact((tx) => open().forget(tx, { ...erasure, subject }));

    const [row] = await database.queries
      .withTables<{ parked_events: { body: Buffer } }>()
      .selectFrom('parked_events')
      .select('body')
      .execute();
    expect(row?.body.toString()).toBe(JSON.stringify(body).replace(erasure.subject, 'erased'));
  });

  it('has answers that are found by their orders', async () => {
    expect(await readIndexedColumns(database, 'idempotency_keys')).toContain('order_id');
  });
});

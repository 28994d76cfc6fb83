import { join } from 'node:path';
import type { CloudEvent, OrderStatus } from '@fanfare/contracts';
import { AppError, createVirtualClock } from '@fanfare/core';
import { groupCommit, migrate, openDatabase, readMigrations, type Transaction } from '@fanfare/storage';
import { createChangeOrderStatus, type StatusChange } from './change-order-status';
import { newOrder, type Order } from './order';
import { createOrderStore } from './order-store';

const trace = {
  correlationid: 'request-1',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const placed = newOrder(
  { customerId: 'customer-1', productId: 'product-1', quantity: 1, totalMinor: 100 },
  { id: 'order-1', currency: 'USD', at: new Date('2026-01-01T00:00:00.000Z') },
);

/** Changes one stored order, and tells what happened in which order. The first `readTogether` reads end together. */
async function createChanging({ readTogether = 1 } = {}) {
  const database = await openDatabase('sqlite::memory:');
  await migrate(database, {
    component: 'orders',
    migrations: readMigrations(join(__dirname, '../../migrations')),
  });
  const store = createOrderStore(database);
  await database.transact(async (tx) => {
    store.insert(tx, placed);
  });
  const steps: string[] = [];
  const events: CloudEvent[] = [];
  const meet = createMeeting(readTogether);
  let ids = 0;
  const changeOrderStatus = createChangeOrderStatus({
    transact: groupCommit(database),
    orders: {
      update: (tx, order) => store.update(tx, order),
      find: async (id) => {
        const found = await store.find(id);
        await meet();
        return found;
      },
    },
    topicLog: {
      append: (tx: Transaction, appended) => {
        tx.afterCommit(() => {
          steps.push('committed');
          events.push(...appended);
        });
      },
    },
    cache: {
      beforeChange: async (_, version) => void steps.push(`before ${version}`),
      afterChange: ({ version }) => void steps.push(`after ${version}`),
    },
    clock: createVirtualClock(),
    newId: () => `event-${(ids += 1)}`,
  });
  const change = (status: OrderStatus, more: Partial<StatusChange> = {}) =>
    changeOrderStatus({ id: placed.id, status, changedBy: 'system', ...more }, trace);
  return {
    change,
    steps,
    events,
    find: () => store.find(placed.id),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** Lets the first `count` who come go on only when all of them are there. */
function createMeeting(count: number): () => Promise<void> {
  let open!: () => void;
  const allThere = new Promise<void>((resolve) => {
    open = resolve;
  });
  let there = 0;
  return () => {
    there += 1;
    if (there >= count) open();
    return allThere;
  };
}

describe('changing the status of an order', () => {
  it('tells the cache before the commit and after it', async () => {
    await using test = await createChanging();

    await test.change('confirmed');

    expect(test.steps).toEqual(['before 2', 'committed', 'after 2']);
  });

  it('lets one of two through who read the same state and want the same', async () => {
    await using test = await createChanging({ readTogether: 2 });

    const outcomes = await Promise.allSettled([test.change('confirmed'), test.change('confirmed')]);

    expect(outcomes[0]).toMatchObject({ status: 'fulfilled', value: { order: { version: 2 } } });
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } });
    expect(test.events).toHaveLength(1);
    expect(await test.find()).toMatchObject({ status: 'confirmed', version: 2 });
  });

  it('lets the second go on from where the first has brought the order, when that is legal', async () => {
    await using test = await createChanging({ readTogether: 2 });

    await Promise.all([test.change('confirmed'), test.change('cancelled')]);

    expect(test.events.map(({ data }) => data)).toMatchObject([
      { old_status: 'pending', new_status: 'confirmed' },
      { old_status: 'confirmed', new_status: 'cancelled' },
    ]);
    expect(await test.find()).toMatchObject({ status: 'cancelled', version: 3 });
  });

  it('asks for the precondition again when another was first', async () => {
    await using test = await createChanging({ readTogether: 2 });
    const refusal = new AppError('invalid', 'not the version that was asked for');
    const precondition = ({ version }: Order) => {
      if (version !== 1) throw refusal;
    };

    const outcomes = await Promise.allSettled([
      test.change('confirmed', { precondition }),
      test.change('cancelled', { precondition }),
    ]);

    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: refusal }]);
    expect(test.events).toHaveLength(1);
  });

  it('of an order that is not there fails with not_found', async () => {
    await using test = await createChanging();

    await expect(test.change('confirmed', { id: 'order-2' })).rejects.toMatchObject({ code: 'not_found' });
    expect(test.steps).toEqual([]);
  });
});

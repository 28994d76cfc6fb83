import { eventually } from '@fanfare/core/testing';
import { readSummary, readTotals, toCents, type Ranking } from './support/analytics';
import { withClients } from './support/at-once';
import { listOrders } from './support/listed';
import { untilNotified } from './support/notifications';
import { newOrder, placeOrder, uniqueId, type Order } from './support/orders';
import { watchTopic, type TopicSince } from './support/topics';

const count = 200;
const clients = 16;

describe(`${count} orders of ${clients} clients at once`, () => {
  const customers = Array.from({ length: 7 }, () => uniqueId('customer'));
  const products = Array.from({ length: 3 }, () => uniqueId('product'));
  let topic: TopicSince;
  let totalBefore: number;
  let orders: Order[];

  beforeAll(async () => {
    topic = await watchTopic();
    totalBefore = (await readSummary()).total_orders;
    const requests = Array.from({ length: count }, (_, index) =>
      newOrder({
        customer_id: customers[index % customers.length] ?? '',
        product_id: products[index % products.length] ?? '',
        quantity: 1 + (index % 5),
        // cents that a sum of floats would get wrong
        total_amount: (1 + ((index * 37) % 9_999)) / 100,
      }),
    );
    orders = await withClients(clients, requests, placeOrder);
  });

  it('are each stored once', async () => {
    const stored = await Promise.all(customers.map((customer_id) => listOrders({ customer_id })));

    expect(byId(stored.flat())).toEqual(byId(orders));
    expect(new Set(orders.map(({ id }) => id)).size).toBe(count);
  });

  it('are each announced once', async () => {
    const ids = new Set(orders.map(({ id }) => id));

    const events = (await topic.events()).filter(({ subject = '' }) => ids.has(subject));

    expect(events.map(({ subject }) => subject).sort()).toEqual([...ids].sort());
    expect(new Set(events.map(({ id }) => id)).size).toBe(count);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['com.fanfare.order.created.v1']));
  });

  it('are each counted once, by customer and by product, and the revenue is right to the cent', async () => {
    const reports: readonly (readonly [Ranking, 'customer_id' | 'product_id', readonly string[]])[] = [
      ['customers', 'customer_id', customers],
      ['products', 'product_id', products],
    ];
    for (const [ranking, field, ids] of reports) {
      for (const id of ids) {
        const expected = totalsOf(orders.filter((order) => order[field] === id));
        await eventually(async () => {
          expect(await readTotals(ranking, id)).toEqual(expected);
        });
      }
    }
  });

  it('are all in the summary', async () => {
    await eventually(async () => {
      expect((await readSummary()).total_orders).toBeGreaterThanOrEqual(totalBefore + count);
    });
  });

  it('are each told to their customers once through every channel', async () => {
    await withClients(clients, orders, ({ id }) => untilNotified(id, ['order.created']));
  });
});

function byId(orders: readonly Order[]): Order[] {
  return [...orders].sort((left, right) => (left.id < right.id ? -1 : 1));
}

function totalsOf(orders: readonly Order[]) {
  const sum = (valueOf: (order: Order) => number) =>
    orders.reduce((total, order) => total + valueOf(order), 0);
  return {
    orders: orders.length,
    cancelled_orders: 0,
    quantity: sum(({ quantity }) => quantity),
    revenue: sum(({ total_amount }) => toCents(total_amount)) / 100,
  };
}

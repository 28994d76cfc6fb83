import { createAnalyticsService, readConfig as readAnalyticsConfig } from '@fanfare/analytics-service';
import { eventually } from '@fanfare/core/testing';
import { createDemoColleagues, readConfig as readColleaguesConfig } from '@fanfare/demo-colleagues';
import { createMediatorService, readConfig as readMediatorConfig } from '@fanfare/mediator';
import { createOrderService, readConfig as readOrderConfig } from '@fanfare/order-service';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { openForwarder } from './open-forwarder';

const memory = 'sqlite::memory:';
const saga = { DATABASE_URL: memory, ORDER_SAGA: 'on', ORDER_SAGA_STEP_TIMEOUT: '2s' };

/** All that is asked takes time from those who are waited for: they live in this process. */
const unhurried = { timeoutMs: 90_000, everyMs: 300 };

interface Shop extends AsyncDisposable {
  /** `url` is order-service's. */
  readonly services: HostedForTest;
  readonly urlOf: (service: string) => string;
  readonly colleagues: HostedForTest;
}

interface Order {
  readonly id: string;
  readonly status: string;
  readonly quantity: number;
  readonly total_amount: number;
}

/** Everything that an order meets, in this process; `env` is the colleagues'. */
async function openShop(env: Readonly<Record<string, string>>): Promise<Shop> {
  const forwarder = await openForwarder();
  const services = await hostForTest([
    (resources) => createOrderService(readOrderConfig(saga), resources),
    (resources) => createMediatorService(readMediatorConfig(saga), resources),
    (resources) => createAnalyticsService(readAnalyticsConfig(saga), resources),
  ]);
  const urlOf = (service: string) => services.host.urls[service] ?? '';
  const config = readColleaguesConfig({
    INVENTORY_DATABASE_URL: memory,
    PAYMENT_DATABASE_URL: memory,
    SHIPPING_DATABASE_URL: memory,
    MEDIATOR_URL: urlOf('mediator'),
    COLLEAGUES_URL: forwarder.url,
    ...env,
  });
  const colleagues = await hostForTest((resources) => createDemoColleagues(config, resources));
  forwarder.forwardTo(colleagues.url);
  return {
    services,
    urlOf,
    colleagues,
    async [Symbol.asyncDispose]() {
      await colleagues.stop();
      await services.stop();
      await forwarder[Symbol.asyncDispose]();
    },
  };
}

async function place({ services }: Shop, number: number): Promise<Order> {
  const body = {
    customer_id: `customer-${number % 5}`,
    product_id: 'product-1',
    quantity: 1 + (number % 5),
    total_amount: (1_000 + number * 37) / 100,
  };
  return (await services.request('/orders', { method: 'POST', body })).body as Order;
}

/** In the order in which they were placed. */
async function read({ services }: Shop, placed: readonly Order[]): Promise<readonly Order[]> {
  const orders = (await services.request('/orders?limit=100')).body as readonly Order[];
  return placed.flatMap(({ id }) => orders.find((order) => order.id === id) ?? []);
}

async function untilEnded(shop: Shop, placed: readonly Order[]): Promise<readonly Order[]> {
  return eventually(async () => {
    const orders = await read(shop, placed);
    expect(orders.map(({ status }) => status)).toEqual(
      placed.map(() => expect.stringMatching(/^(shipped|cancelled)$/) as string),
    );
    return orders;
  }, unhurried);
}

interface Entry {
  readonly order_id: string;
  readonly command_id: string;
  readonly amount: number;
}

/** What a colleague has done for each order, and not taken back. */
async function booksOf({ colleagues }: Shop, name: string): Promise<ReadonlyMap<string, number>> {
  const { body } = await colleagues.request(`/colleagues/${name}/entries?limit=1000`);
  const { entries } = body as { readonly entries: readonly Entry[] };
  const books = new Map<string, number>();
  for (const { order_id: id, amount } of entries) books.set(id, (books.get(id) ?? 0) + amount);
  return new Map([...books].filter(([, amount]) => amount !== 0));
}

/** Stock, money and shipments are those of the orders that were shipped, each once, and analytics agree. */
async function expectBalanced(shop: Shop, orders: readonly Order[]): Promise<void> {
  const shipped = orders.filter(({ status }) => status === 'shipped');
  const pieces = new Map(shipped.map(({ id, quantity }) => [id, quantity]));
  const cents = new Map(shipped.map(({ id, total_amount }) => [id, Math.round(total_amount * 100)]));
  // a run is over a moment after its order where its customer has cancelled it
  await eventually(async () => {
    expect(await booksOf(shop, 'inventory')).toEqual(pieces);
    expect(await booksOf(shop, 'payment')).toEqual(cents);
    expect(await booksOf(shop, 'shipping')).toEqual(pieces);
  }, unhurried);
  const revenue = [...cents.values()].reduce((sum, amount) => sum + amount, 0) / 100;
  await eventually(async () => {
    const summary = await shop.services.request(`${shop.urlOf('analytics-service')}/analytics/summary`);
    expect(summary.body).toMatchObject({ total_orders: orders.length, total_revenue: revenue });
  });
}

// tries that are late take seconds, and on a busy machine there are many
jest.setTimeout(300_000);

describe('orders that are fulfilled', () => {
  it('are all shipped when nothing goes wrong', async () => {
    await using shop = await openShop({});
    const placed = await Promise.all(Array.from({ length: 10 }, (_, number) => place(shop, number)));

    const orders = await untilEnded(shop, placed);

    expect(orders.map(({ status }) => status)).toEqual(placed.map(() => 'shipped'));
    await expectBalanced(shop, orders);
  });

  it.each([1, 2, 3])(
    'end shipped, or cancelled with everything undone, whatever their colleagues and customers do (seed %i)',
    async (seed) => {
      const rates = { FAILURE_RATE: '0.2', TIMEOUT_RATE: '0.05', DUPLICATE_RATE: '0.05' };
      await using shop = await openShop({ ...rates, SEED: String(seed) });
      const cancel = ({ id }: Order) => shop.services.request(`/orders/${id}/cancel`, { method: 'POST' });
      const placed = await Promise.all(Array.from({ length: 40 }, (_, number) => place(shop, number)));

      await Promise.all(placed.filter((_, index) => index % 8 === 0).map(cancel));
      await eventually(async () => {
        expect((await read(shop, placed)).some(({ status }) => status === 'shipped')).toBe(true);
      }, unhurried);
      await Promise.all(placed.filter((_, index) => index % 5 === 0).map(cancel));
      const orders = await untilEnded(shop, placed);

      await expectBalanced(shop, orders);
      expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['shipped', 'cancelled']));
    },
  );

  it('take no more stock than there is', async () => {
    await using shop = await openShop({ STOCK: '9' });
    const placed = await Promise.all(Array.from({ length: 10 }, (_, number) => place(shop, number)));

    const orders = await untilEnded(shop, placed);

    await expectBalanced(shop, orders);
    const cancelled = orders.filter(({ status }) => status === 'cancelled');
    expect(cancelled.length).toBeGreaterThan(0);
    const events = await shop.services.request('/topics/orders/0?limit=1000');
    expect(JSON.stringify(events.body)).toMatch(/reserve: \d are needed, \d are left/);
  });
});

import { createAnalyticsService, readConfig as readAnalyticsConfig } from '@fanfare/analytics-service';
import { eventually } from '@fanfare/core/testing';
import { createOrderService, readConfig as readOrderConfig } from '@fanfare/order-service';
import {
  authForTest,
  bearer,
  hostForTest,
  tokenFor,
  type HostedForTest,
  type HostForTestOptions,
} from '@fanfare/service-kit/testing';
import { allServices } from '../src';

const memory = 'sqlite::memory:';
const writer = bearer(tokenFor({ sub: 'alice', roles: ['writer'] }));
const reader = bearer(tokenFor({ roles: ['reader'] }));
const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, total_amount: 9.99 };

async function place(system: HostedForTest): Promise<string> {
  const answer = await system.request('/orders', { method: 'POST', body: order, headers: writer });
  expect(answer.status).toBe(201);
  return (answer.body as { readonly id: string }).id;
}

const readSummary = async (system: HostedForTest, url: string) =>
  (await system.request(`${url}/analytics/summary`, { headers: reader })).body;

describe('all services in one process, where callers need a token', () => {
  it('take an order with a token to analytics, to its customer, and to the event store', async () => {
    const names = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'];
    const databases = Object.fromEntries(names.map((name) => [`${name}_DATABASE_URL`, memory]));
    const env = { ...databases, EVENT_LOG_URL: memory };
    await using system = await hostForTest(allServices(env), { auth: authForTest });
    const { urls } = system.host;
    const get = async (service: string, path: string) =>
      (await system.request(`${urls[service] ?? ''}${path}`, { headers: reader })).body;

    expect((await system.request('/orders', { method: 'POST', body: order })).status).toBe(401);
    expect((await system.request('/orders', { method: 'POST', body: order, headers: reader })).status).toBe(
      403,
    );
    const id = await place(system);
    await system.request(`/orders/${id}/cancel`, { method: 'POST', body: {}, headers: writer });

    await eventually(async () => {
      expect(await readSummary(system, urls['analytics-service'] ?? '')).toMatchObject({ total_orders: 1 });
      expect(JSON.stringify(await get('notification-worker', `/notifications?order_id=${id}`))).toContain(
        '"sent"',
      );
      expect(await get('event-store', `/api/v1/events?aggregate_id=${id}`)).toMatchObject({
        events: [{ type: 'order.created' }, { type: 'order.cancelled', data: { changed_by: 'alice' } }],
      });
    });
  });
});

describe('a service that asks another for what it has missed', () => {
  /** The memory bus of one process never reaches the other: what arrives has come by the feed. */
  async function hostApart(options: HostForTestOptions) {
    const orders = await hostForTest(
      (resources) => createOrderService(readOrderConfig({ DATABASE_URL: memory }), resources),
      { auth: authForTest },
    );
    const env = { DATABASE_URL: memory, ORDERS_FEED_URL: orders.url, FEED_CHECK_MS: '100' };
    const analytics = await hostForTest(
      (resources) => createAnalyticsService(readAnalyticsConfig(env), resources),
      options,
    );
    return {
      orders,
      analytics,
      async [Symbol.asyncDispose]() {
        await analytics.stop();
        await orders.stop();
      },
    };
  }

  it.each<[string, HostForTestOptions]>([
    ['that it makes with the secret', { auth: authForTest }],
    [
      'that it was given',
      { serviceToken: { token: tokenFor({ sub: 'analytics-service', roles: ['operator', 'service'] }) } },
    ],
  ])('shows a token %s', async (_, options) => {
    await using apart = await hostApart(options);
    const { orders, analytics } = apart;

    await place(orders);

    await eventually(async () => {
      expect(await readSummary(analytics, analytics.url)).toMatchObject({ total_orders: 1 });
    });
  });

  it('gets nothing without one, and says why', async () => {
    await using apart = await hostApart({});
    const { orders, analytics } = apart;

    await place(orders);

    await eventually(() => {
      expect(JSON.stringify(analytics.logLines)).toContain('answered 401');
    });
    expect(await readSummary(analytics, analytics.url)).toMatchObject({ total_orders: 0 });
  });
});

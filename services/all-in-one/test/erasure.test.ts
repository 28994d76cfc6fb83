import { eventually } from '@fanfare/core/testing';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { allServices } from '../src';

const memory = 'sqlite::memory:';
const customer = 'customer-to-forget';
const order = { customer_id: customer, product_id: 'p-1', quantity: 1, total_amount: 9.99 };

describe('somebody whom the event store is told to forget', () => {
  let system: HostedForTest;

  beforeAll(async () => {
    const names = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'];
    const databases = Object.fromEntries(names.map((name) => [`${name}_DATABASE_URL`, memory]));
    system = await hostForTest(allServices({ ...databases, EVENT_LOG_URL: memory }));
  });
  afterAll(() => system.stop());

  const read = async (service: string, path: string) =>
    (await system.request(`${system.host.urls[service] ?? ''}${path}`)).body;

  it('is forgotten by the other services, which say so in their ledgers', async () => {
    const { body } = await system.request('/orders', { method: 'POST', body: order });
    const { id } = body as { readonly id: string };
    await eventually(async () => {
      expect(await read('analytics-service', '/analytics/customers')).toMatchObject([
        { customer_id: customer },
      ]);
    });

    const erase = `${system.host.urls['event-store'] ?? ''}/api/v1/event-store/erase`;
    expect((await system.request(erase, { method: 'POST', body: { subject: customer } })).status).toBe(200);

    await eventually(async () => {
      expect(await read('order-service', `/orders/${id}`)).toMatchObject({ customer_id: 'erased' });
      expect(await read('analytics-service', '/analytics/customers')).toMatchObject([
        { customer_id: 'erased' },
      ]);
    });
    for (const service of ['order-service', 'analytics-service', 'notification-worker', 'mediator']) {
      await eventually(async () => {
        expect(await read(service, '/ledger')).toMatchObject({
          balanced: true,
          groups: expect.arrayContaining([
            expect.objectContaining({ topic: 'privacy', head: 1, applied: 1, dead_letters: 0 }),
          ]) as unknown,
        });
      });
    }
  });
});

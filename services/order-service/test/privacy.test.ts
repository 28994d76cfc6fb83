import { eventually } from '@fanfare/core/testing';
import { createErasuresStandIn } from '@fanfare/service-kit/testing';
import { hostOrderService, sampleBody, type OrderJson, type OrderServiceForTest } from './host-order-service';

const customer = 'customer-to-forget';

describe('a customer who is forgotten', () => {
  const erasures = createErasuresStandIn();
  let service: OrderServiceForTest;

  beforeEach(async () => {
    service = await hostOrderService(
      { PRIVACY_FEED_URL: 'http://127.0.0.1:1' },
      { beside: [erasures.factory] },
    );
  });
  afterEach(() => service.stop());

  const read = async (id: string) => (await service.request(`/orders/${id}`)).body as OrderJson;

  async function untilForgotten(id: string): Promise<void> {
    await eventually(async () => {
      expect(await read(id)).toMatchObject({ customer_id: 'erased' });
    });
  }

  it('is taken out of each order, read from the cache or not; what was sold stays', async () => {
    const orders = [
      await service.place({ customer_id: customer }),
      await service.place({ customer_id: customer }),
    ];
    const other = await service.place();
    await read(orders[0]?.id ?? '');

    await erasures.erase(customer);

    for (const { id } of orders) await untilForgotten(id);
    expect(await read(orders[0]?.id ?? '')).toMatchObject({
      ...orders[0],
      customer_id: 'erased',
      updated_at: expect.any(String) as string,
    });
    expect(await service.list(`?customer_id=${customer}`)).toEqual([]);
    expect(await read(other.id)).toEqual(other);
    const rows = await service.database.queries
      .withTables<{ orders: { customer_id: string } }>()
      .selectFrom('orders')
      .selectAll()
      .execute();
    expect(JSON.stringify(rows)).not.toContain(customer);
  });

  it('is taken out of answers that are given again, and the key still places no second order', async () => {
    const body = { ...sampleBody, customer_id: customer };
    const key = { 'idempotency-key': 'k-1' };
    const { id } = (await service.post(body, key)).body as OrderJson;

    await erasures.erase(customer);
    await untilForgotten(id);

    expect(await service.post(body, key)).toMatchObject({ status: 201, body: { id, customer_id: 'erased' } });
    expect(await service.list()).toHaveLength(1);
  });

  it('goes with an order that is erased itself', async () => {
    const { id } = await service.place({ customer_id: customer });
    const other = await service.place({ customer_id: customer });

    await erasures.erase(id);
    await untilForgotten(id);

    expect(await read(other.id)).toEqual(other);
  });

  it('may come back: orders placed later are kept, also when the erasure is told again', async () => {
    const before = await service.place({ customer_id: customer });
    const erasedAt = new Date();
    await erasures.erase(customer, erasedAt);
    await untilForgotten(before.id);
    await eventually(() => {
      expect(Date.now()).toBeGreaterThan(erasedAt.getTime());
    });
    const after = await service.place({ customer_id: customer });

    await erasures.erase(customer, erasedAt);
    const last = await service.place({ customer_id: 'somebody-else' });
    await erasures.erase('somebody-else');
    await untilForgotten(last.id);

    expect(await read(after.id)).toEqual(after);
  });

  it('keeps the order movable, and conditional requests notice that it has changed', async () => {
    const { id } = await service.place({ customer_id: customer });
    const { headers } = await service.request(`/orders/${id}`);
    await erasures.erase(customer);
    await untilForgotten(id);

    const stale = { 'if-match': String(headers['etag']) };
    expect((await service.patch(id, { status: 'confirmed' }, stale)).status).toBe(412);
    expect((await service.patch(id, { status: 'confirmed' })).status).toBe(200);
  });
});

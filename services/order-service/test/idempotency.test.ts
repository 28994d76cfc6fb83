import { authForTest, bearer, tokenFor } from '@fanfare/service-kit/testing';
import type { IdempotencyTables } from '../src/orders/idempotency-keys';
import { hostOrderService, holdOrders, sampleBody } from './host-order-service';

describe('an Idempotency-Key', () => {
  it('gets the first answer again for the same order, also after the order has changed', async () => {
    await using service = await hostOrderService();
    const first = await service.post(sampleBody, { 'idempotency-key': 'key-1' });
    const { id } = first.body as { id: string };
    await service.patch(id, { status: 'confirmed' });

    const spelledOtherwise = `{ "total_amount": 99.990, "quantity": 2.0, "product_id": "product-456", "customer_id": "customer\\u002d123" }`;
    const again = await service.post(spelledOtherwise, { 'idempotency-key': 'key-1' });

    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again).toMatchObject({
      status: 201,
      body: first.body,
      headers: { 'idempotency-replayed': 'true', location: `/orders/${id}`, etag: '"1"' },
    });
    expect(await service.list()).toHaveLength(1);
    expect(await service.events()).toHaveLength(2);
  });

  it('is refused for another order', async () => {
    await using service = await hostOrderService();
    await service.post(sampleBody, { 'idempotency-key': 'key-1' });

    const other = await service.post({ ...sampleBody, quantity: 3 }, { 'idempotency-key': 'key-1' });

    expect(other).toMatchObject({ status: 422, body: { errors: [{ field: 'Idempotency-Key' }] } });
    expect(await service.events()).toHaveLength(1);
  });

  it('makes one order and one event of fifty requests at the same time, which all get its answer', async () => {
    await using service = await hostOrderService();

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => service.post(sampleBody, { 'idempotency-key': 'key-1' })),
    );

    const [order, ...others] = await service.list();
    expect(others).toEqual([]);
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 201, body: order });
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(49);
    expect(await service.events()).toHaveLength(1);
  });

  it('is judged by the first of the requests under way, when their orders differ', async () => {
    await using service = await hostOrderService();
    const held = holdOrders(service);
    const first = service.post(sampleBody, { 'idempotency-key': 'key-1' });
    await held.reached;
    const other = service.post({ ...sampleBody, quantity: 3 }, { 'idempotency-key': 'key-1' });
    await service.request('/health/live');

    held.letGo();

    expect((await first).status).toBe(201);
    expect((await other).status).toBe(422);
  });

  it('of a request that was refused can be used for the corrected one', async () => {
    await using service = await hostOrderService();
    await service.post({ ...sampleBody, quantity: 0 }, { 'idempotency-key': 'key-1' });

    const corrected = await service.post(sampleBody, { 'idempotency-key': 'key-1' });

    expect(corrected.status).toBe(201);
    expect(corrected.headers['idempotency-replayed']).toBeUndefined();
  });

  it('says nothing about orders without one or with another', async () => {
    await using service = await hostOrderService();

    await service.post(sampleBody, { 'idempotency-key': 'key-1' });
    await service.post(sampleBody, { 'idempotency-key': 'KEY-1' });
    await service.post(sampleBody);

    expect(await service.list()).toHaveLength(3);
  });

  it('is the key of one client: what others send under the same one are orders of their own', async () => {
    await using service = await hostOrderService({}, { auth: authForTest });
    const post = (sub: string, body = sampleBody) =>
      service.post(body, { 'idempotency-key': '1', ...bearer(tokenFor({ sub, roles: ['writer'] })) });

    const ofAlice = await post('alice');
    const answers = [
      await post('bob'),
      await post('carol', { ...sampleBody, quantity: 3 }),
      await post('alice'),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(answers.map(({ headers }) => headers['idempotency-replayed'])).toEqual([
      undefined,
      undefined,
      'true',
    ]);
    expect(answers[2]?.body).toEqual(ofAlice.body);
    const kept = service.database.queries.withTables<IdempotencyTables>().selectFrom('idempotency_keys');
    expect(JSON.stringify(await kept.selectAll().execute())).not.toContain('alice');
  });
});

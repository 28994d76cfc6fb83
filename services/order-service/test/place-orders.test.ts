import { createConnection } from 'node:net';
import { eventually } from '@fanfare/core/testing';
import type { TestResponse } from '@fanfare/service-kit/testing';
import { sql } from 'kysely';
import { holdOrders, hostOrderService, sampleBody, type OrderJson } from './host-order-service';

describe('placing an order', () => {
  it('answers with the order, where it is, and its version', async () => {
    await using service = await hostOrderService();

    const { status, headers, body } = await service.post();

    const { id, created_at } = body as OrderJson;
    expect(status).toBe(201);
    expect(Object.entries(body as OrderJson)).toEqual(
      Object.entries({ id, ...sampleBody, status: 'pending', created_at, updated_at: created_at }),
    );
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(headers).toMatchObject({ location: `/orders/${id}`, etag: '"1"' });
    expect((await service.request(headers['location'] ?? '')).body).toEqual(body);
  });

  it('publishes one event that tells everything about it and where it came from', async () => {
    await using service = await hostOrderService({ CURRENCY: 'EUR' });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

    const { body } = await service.post(sampleBody, {
      'x-request-id': 'request-1',
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    });

    const { id, created_at } = body as OrderJson;
    const [event, ...others] = await service.events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'com.fanfare.order.created.v1',
      source: '/order-service',
      subject: id,
      time: created_at,
      correlationid: 'request-1',
      data: { order_id: id, ...sampleBody, currency: 'EUR', status: 'pending', created_at },
    });
    expect(event?.traceparent).toContain(traceId);
  });

  it('logs one line for the event, with everything that leads to it', async () => {
    await using service = await hostOrderService();

    const { body } = await service.post(sampleBody, { 'x-request-id': 'request-1' });

    const { id } = body as OrderJson;
    const [event] = await service.events();
    const lines = service.logLines.filter((line) => line['orderId'] === id);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        msg: `Order created successfully: ${id}`,
        eventId: event?.id,
        requestId: 'request-1',
        traceId: event?.traceparent?.split('-')[1],
      }),
    ]);
  });

  it('logs nothing about who ordered, not even when it refuses', async () => {
    await using service = await hostOrderService();
    service.host.logLevels.set('debug');

    await service.post({ ...sampleBody, customer_id: 'ann@example.com' }, { 'idempotency-key': 'key-1' });
    await service.post({ ...sampleBody, customer_id: 'ann@example.com', quantity: 0 });
    await service.post({ ...sampleBody, customer_id: 'ann example.com' });

    expect(service.logLines.length).toBeGreaterThan(3);
    expect(JSON.stringify(service.logLines)).not.toContain('ann');
  });

  it('keeps the events of all orders in the order in which they were placed, and none besides', async () => {
    await using service = await hostOrderService();

    await Promise.all(
      Array.from({ length: 200 }, (_, index) => service.post({ ...sampleBody, quantity: index + 1 })),
    );

    const events = await service.events();
    const [newest, older] = [await service.list(), await service.list('?limit=100&offset=100')];
    expect(events.map(({ subject }) => subject)).toEqual([...newest, ...older].map(({ id }) => id).reverse());
  });

  it('counts the orders that were placed', async () => {
    await using service = await hostOrderService();
    await service.place();
    await service.post({ ...sampleBody, quantity: 0 });
    await service.post(sampleBody, { 'idempotency-key': 'key-1' });
    await service.post(sampleBody, { 'idempotency-key': 'key-1' });

    const { body } = await service.request('/metrics');

    expect(body).toMatch(/^orders_created_total 2$/m);
  });

  it('stores no order whose event cannot be stored', async () => {
    await using service = await hostOrderService();
    await sql`alter table topic_log rename to lost_topic_log`.execute(service.database.queries);

    const refused = await service.post(sampleBody, { 'idempotency-key': 'key-1' });

    expect(refused.status).toBe(500);
    expect(JSON.stringify(refused.body)).not.toMatch(/sql|topic_log/i);
    await sql`alter table lost_topic_log rename to topic_log`.execute(service.database.queries);
    expect(await service.list()).toEqual([]);
    expect((await service.post(sampleBody, { 'idempotency-key': 'key-1' })).status).toBe(201);
    expect(await service.events()).toHaveLength(1);
  });

  it('answers only when the order is durable', async () => {
    await using service = await hostOrderService();
    const held = holdOrders(service);
    let isAnswered = false;

    const answer = service.post().then((response) => {
      isAnswered = true;
      return response;
    });
    await held.reached;
    await service.request('/health/live');

    expect(isAnswered).toBe(false);
    held.letGo();
    expect((await answer).status).toBe(201);
  });

  it('stores and announces an order whose client has hung up', async () => {
    await using service = await hostOrderService();
    const held = holdOrders(service);
    const client = createConnection(Number(new URL(service.url).port), '127.0.0.1');
    const body = JSON.stringify(sampleBody);
    client.write(
      `POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await held.reached;

    client.destroy();
    held.letGo();

    const [order] = await eventually(async () => {
      const orders = await service.list();
      expect(orders).toHaveLength(1);
      return orders;
    });
    expect((await service.events()).map(({ subject }) => subject)).toEqual([order?.id]);
    await eventually(() => {
      expect(service.logLines).toContainEqual(
        expect.objectContaining({ msg: `Order created successfully: ${order?.id}` }),
      );
    });
  });

  it('refuses orders beyond its limit for a moment instead of letting them pile up, and keeps each it has accepted', async () => {
    await using service = await hostOrderService({ MAX_WAITING_WRITES: '2' });
    const held = holdOrders(service);

    const first = service.post();
    await held.reached;
    const refused: TestResponse[] = [];
    const others = Array.from({ length: 9 }, async () => {
      const response = await service.post();
      if (response.status !== 201) refused.push(response);
      return response.status;
    });
    await eventually(() => {
      expect(refused).toHaveLength(7);
    });
    held.letGo();

    expect(refused[0]).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(
      [(await first).status, ...(await Promise.all(others))].filter((status) => status === 201),
    ).toHaveLength(3);
    expect(await service.events()).toHaveLength(3);
  });

  it('announces what was placed while no broker was there', async () => {
    await using service = await hostOrderService({ MESSAGE_BUS_URL: 'amqp://guest:guest@127.0.0.1:1' });

    const placed = await service.place();

    expect((await service.events()).map(({ subject }) => subject)).toEqual([placed.id]);
    expect((await service.request('/health')).status).toBe(503);
    expect((await service.request('/health/ready')).status).toBe(200);
  });

  it('takes orders without a cache', async () => {
    await using service = await hostOrderService({ CACHE_URL: 'redis://127.0.0.1:1' });

    const placed = await service.place();

    expect((await service.request(`/orders/${placed.id}`)).body).toEqual(placed);
    expect((await service.patch(placed.id, { status: 'confirmed' })).status).toBe(200);
    expect((await service.request(`/orders/${placed.id}`)).body).toMatchObject({ status: 'confirmed' });
    expect((await service.request('/metrics')).body).toMatch(/^cache_requests_total\{result="error"\} 1$/m);
  });
});

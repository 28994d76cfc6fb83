import { newId, orderMovedEvent, orderPlacedEvent, placedAt, traceId } from './samples';
import { startSystem } from './system';

describe('analytics of orders', () => {
  it('answers zeros and no time while there is no order', async () => {
    await using system = await startSystem();

    expect(await system.get('/analytics/summary')).toEqual({
      total_orders: 0,
      total_revenue: 0,
      average_order_size: 0,
      average_order_value: 0,
      cancelled_orders: 0,
      last_updated: null,
    });
  });

  it('counts orders exactly to the cent and averages them, rounded half up', async () => {
    await using system = await startSystem();

    await system.producer.publish(
      orderPlacedEvent('o-1', { amount: 99.99 }),
      orderPlacedEvent('o-2', { amount: 10.55 }),
      orderPlacedEvent('o-3', { amount: 0.02, time: new Date('2026-03-02T00:00:00.123Z') }),
    );

    await system.untilSummary({
      total_orders: 3,
      total_revenue: 110.56,
      average_order_size: 36.85,
      average_order_value: 36.85,
      cancelled_orders: 0,
      last_updated: '2026-03-02T00:00:00.123Z',
    });
  });

  it('leaves cancelled orders out of the revenue and the average, and shows them beside all that were placed', async () => {
    await using system = await startSystem();
    await system.producer.publish(
      orderPlacedEvent('o-1', { amount: 10, product: 'p-1' }),
      orderPlacedEvent('o-2', { amount: 30.01, product: 'p-1' }),
    );

    await system.producer.publish(orderMovedEvent('o-1', 'cancelled'));

    await system.untilSummary({
      total_orders: 2,
      cancelled_orders: 1,
      total_revenue: 30.01,
      average_order_size: 30.01,
    });
    const tally = { orders: 2, cancelled_orders: 1, quantity: 2, revenue: 30.01 };
    expect(await system.get('/analytics/products')).toEqual([{ product_id: 'p-1', ...tally }]);
    expect(await system.get('/analytics/customers')).toEqual([{ customer_id: 'customer-1', ...tally }]);
    const day = placedAt.toISOString().slice(0, 10);
    expect(await system.get(`/analytics/timeseries?bucket=day&from=${day}&to=2026-03-02`)).toEqual([
      { start: `${day}T00:00:00.000Z`, ...tally },
    ]);
  });

  it('shows every status, and the numbers add up to all orders', async () => {
    await using system = await startSystem();

    await system.producer.publish(
      ...['o-1', 'o-2', 'o-3', 'o-4'].map((id) => orderPlacedEvent(id)),
      orderMovedEvent('o-1', 'confirmed'),
      orderMovedEvent('o-1', 'shipped'),
      orderMovedEvent('o-2', 'confirmed'),
      orderMovedEvent('o-3', 'cancelled'),
    );

    await system.untilSummary({ total_orders: 4 });
    expect(await system.get('/analytics/statuses')).toEqual([
      { status: 'pending', orders: 1 },
      { status: 'confirmed', orders: 1 },
      { status: 'shipped', orders: 1 },
      { status: 'delivered', orders: 0 },
      { status: 'completed', orders: 0 },
      { status: 'cancelled', orders: 1 },
    ]);
  });

  it('leads from every applied event back to the request that caused it, with one line in the log', async () => {
    await using system = await startSystem();
    const events = [orderPlacedEvent('o-1'), orderMovedEvent('o-1', 'confirmed')];

    await system.producer.publish(...events);

    await system.untilSummary({ total_orders: 1 });
    const lines = system.analytics.logLines.filter(({ msg }) => msg === 'Successfully processed order event');
    expect(lines).toMatchObject(
      events.map(({ id }) => ({
        level: 'info',
        orderId: 'o-1',
        eventId: id,
        requestId: 'request-1',
        traceId,
      })),
    );
  });

  it('keeps up with thousands of orders', async () => {
    await using system = await startSystem();
    for (let round = 0; round < 20; round += 1) {
      await system.producer.publish(
        ...Array.from({ length: 200 }, () => orderPlacedEvent(newId(), { amount: 0.1 })),
      );
    }

    await system.untilSummary({ total_orders: 4_000, total_revenue: 400 });
  });

  it('counts in few transactions what has come one by one while it was busy', async () => {
    await using system = await startSystem();
    const before = system.transactions();
    const letGo = system.holdTransactions();
    for (let order = 0; order < 150; order += 1) await system.producer.publish(orderPlacedEvent(newId()));

    letGo();

    await system.untilSummary({ total_orders: 150 });
    expect(system.transactions() - before).toBeLessThan(75);
  });

  it('tells how its dependencies are, and which', async () => {
    await using system = await startSystem();

    const { status, body } = await system.analytics.request('/health');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'healthy',
      service: 'analytics-service',
      checks: { database: 'healthy', cache: 'healthy', mq: 'healthy' },
    });
  });
});

import { eventually } from '@fanfare/core/testing';
import { messageOf } from './order-producer';
import { newId, orderMovedEvent, orderPlacedEvent } from './samples';
import { startSystem } from './system';

describe('events on their way to analytics', () => {
  it('count once when the bus delivers them three times', async () => {
    await using system = await startSystem({ hasRelay: false });
    const events = [orderPlacedEvent('o-1'), orderPlacedEvent('o-2')];
    const last = orderPlacedEvent('o-3');
    await system.producer.publish(...events);
    await system.producer.publish(last);

    for (let time = 0; time < 3; time += 1) await system.producer.send(messageOf(events, 1));
    await system.producer.send(messageOf([last], 3));

    await system.untilSummary({ total_orders: 3, total_revenue: 31.5 });
  });

  it('count once when a foreign program sends them three times, without sequences', async () => {
    await using system = await startSystem({ hasRelay: false });
    const event = orderPlacedEvent('o-1');

    for (let time = 0; time < 3; time += 1) await system.producer.send(messageOf([event]));
    await system.producer.send(messageOf([orderPlacedEvent('o-2')]));

    await system.untilSummary({ total_orders: 2, total_revenue: 21 });
  });

  it('count once when the same order is announced again under a new event id', async () => {
    await using system = await startSystem();

    await system.producer.publish(orderPlacedEvent('o-1'));
    await system.producer.publish(orderPlacedEvent('o-1'), orderPlacedEvent('o-2'));

    await system.untilSummary({ total_orders: 2, total_revenue: 21 });
    expect(await system.get('/dead-letters')).toEqual([]);
  });

  it('come from the feed when the bus has lost them', async () => {
    await using system = await startSystem({ hasRelay: false });
    const events = ['o-1', 'o-2', 'o-3', 'o-4'].map((id) => orderPlacedEvent(id));
    for (const event of events) await system.producer.publish(event);

    await system.producer.send(messageOf(events.slice(3), 4));

    await system.untilSummary({ total_orders: 4, total_revenue: 42 });
    expect(await system.get('/ledger')).toMatchObject({
      balanced: true,
      groups: [
        { group: 'analytics-service', topic: 'orders', head: 4, applied: 4, gaps_filled: 3, missing: [] },
      ],
    });
  });

  it('come from the feed when the bus has never delivered any', async () => {
    await using system = await startSystem({ hasRelay: false, env: { FEED_CHECK_MS: '100' } });

    await system.producer.publish(orderPlacedEvent('o-1'), orderPlacedEvent('o-2'));

    await system.untilSummary({ total_orders: 2 });
  });

  it('count also when they were announced before analytics ever ran', async () => {
    await using system = await startSystem({ instances: 0 });
    await system.producer.publish(orderPlacedEvent('o-1'), orderPlacedEvent('o-2'));
    await system.producer.publish(orderMovedEvent('o-1', 'cancelled'));

    await system.addInstance();

    await system.untilSummary({ total_orders: 2, cancelled_orders: 1 });
  });

  it('count once when two instances share the work, and one of them stops and comes back under load', async () => {
    await using system = await startSystem({ instances: 2 });
    const { producer, instances } = system;
    const publish = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        const ids = Array.from({ length: 10 }, () => newId());
        await producer.publish(...ids.map((id) => orderPlacedEvent(id, { amount: 0.1 })));
        await producer.publish(...ids.slice(0, 2).map((id) => orderMovedEvent(id, 'cancelled')));
      }
    };

    const publishing = publish(60);
    await instances[1]?.stop();
    await system.addInstance();
    await publishing;

    await system.untilSummary({ total_orders: 600, cancelled_orders: 120, total_revenue: 48 });
    for (const instance of [instances[0], instances[2]]) {
      await eventually(async () => {
        const answer = await instance?.request('/analytics/summary');
        expect(answer?.body).toMatchObject({ total_orders: 600, total_revenue: 48 });
      });
    }
  });

  it('are counted while the cache is away', async () => {
    await using system = await startSystem({ env: { CACHE_URL: 'redis://127.0.0.1:1' } });

    await system.producer.publish(orderPlacedEvent('o-1'));

    await system.untilSummary({ total_orders: 1 });
    const { status, body } = await system.analytics.request('/health');
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { status: 'degraded', checks: { database: 'healthy' } },
    });
    expect((await system.analytics.request('/health/ready')).status).toBe(200);
    expect(await system.get('/metrics')).toMatch(/cache_requests_total\{result="error"\} [1-9]/);
  });
});

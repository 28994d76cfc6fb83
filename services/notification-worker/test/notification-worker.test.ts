import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openMessageBus } from '@fanfare/messaging';
import { hostOneWorker, hostWorker, listNotifications } from './support/host-worker';
import { newOrders, orderCreatedEvent, orderTransitionEvent, traceId } from './support/order-events';

describe('notification-worker', () => {
  it('writes the two lines of a new order into its log, with the ids to follow it by', async () => {
    await using system = await hostWorker();
    const event = orderCreatedEvent('order-1', { customerId: 'customer-7', totalAmount: 149.5 });

    await system.publish(event);

    await eventually(() => {
      const lines = system.worker.logLines.filter((line) => line['orderId'] === 'order-1');
      expect(lines.map(({ msg }) => msg)).toEqual([
        '📧 [NOTIFICATION] Order order-1 created for customer customer-7',
        '   Product: product-1, Quantity: 2, Total: $149.50',
      ]);
      const ids = { eventId: event.id, requestId: 'request-1', traceId, level: 'info' };
      for (const line of lines) expect(line).toMatchObject(ids);
    });
  });

  it('tells of everything that happens to an order, in one line each', async () => {
    await using system = await hostWorker();
    const transitions = ['confirmed', 'shipped', 'delivered', 'completed'] as const;

    await system.publish(
      orderCreatedEvent('order-1'),
      ...transitions.map((status) => orderTransitionEvent('order-1', status)),
      orderTransitionEvent('order-2', 'cancelled', 'out of stock'),
    );

    await eventually(() => {
      const messages = system.worker.logLines.map(({ msg }) => msg);
      expect(messages).toEqual(
        expect.arrayContaining([
          '📧 [NOTIFICATION] Order order-1 confirmed',
          '📧 [NOTIFICATION] Order order-1 shipped',
          '📧 [NOTIFICATION] Order order-1 delivered',
          '📧 [NOTIFICATION] Order order-1 completed',
          '📧 [NOTIFICATION] Order order-2 cancelled',
        ]),
      );
    });
  });

  it('tells the customers of two shops that number their events alike', async () => {
    await using system = await hostWorker();

    await system.publish(
      { ...orderCreatedEvent('order-of-a'), source: '/shop-a', id: '1' },
      { ...orderCreatedEvent('order-of-b'), source: '/shop-b', id: '1' },
    );

    await eventually(async () => {
      const { notifications } = await system.list('?state=sent');
      const told = notifications.map(({ order_id, event_id }) => `${order_id} ${event_id}`);
      expect(told.sort()).toEqual(['order-of-a 1', 'order-of-b 1']);
    });
  });

  it('records and publishes each notification once, even when the broker delivers the order three times', async () => {
    await using system = await hostWorker();
    const { hub } = system;
    const bus = await openMessageBus('memory:', { hub, clock: createSystemClock() });
    const event = orderCreatedEvent('order-1');
    const message = {
      partition: 0,
      id: event.id,
      contentType: 'application/cloudevents+json',
      body: Buffer.from(JSON.stringify(event)),
      count: 1,
    };

    await system.publish(event);
    for (const sequence of [1, 1, undefined, undefined])
      await bus.publish({ topic: 'orders', partitions: 1 }, [{ ...message, sequence }]);
    await system.publish(orderCreatedEvent('order-2'));

    await eventually(async () => {
      expect((await system.published()).map(({ subject }) => subject).sort()).toEqual(['order-1', 'order-2']);
    });
    expect((await system.list('?order_id=order-1')).notifications).toHaveLength(1);
    await bus.close();
  });

  it('publishes what was sent, with the trace of the order', async () => {
    await using system = await hostWorker();
    const event = orderCreatedEvent('order-1');

    await system.publish(event);

    const [published] = await eventually(async () => {
      const events = await system.published();
      expect(events).toHaveLength(1);
      return events;
    });
    const [shown] = (await system.list()).notifications;
    expect(published).toMatchObject({
      type: 'com.fanfare.notification.sent.v1',
      subject: 'order-1',
      causationid: event.id,
      correlationid: 'request-1',
      traceparent: event.traceparent,
      data: {
        notification_id: shown?.id,
        order_id: 'order-1',
        event_name: 'order.created',
        channel: 'log',
        sent_at: shown?.sent_at,
      },
    });
  });

  it('shares the work of one database between two instances without sending anything twice', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fanfare-notifications-'));
    const env = { DATABASE_URL: `sqlite:${path.join(folder, 'shared.db')}` };
    {
      await using system = await hostWorker(env);
      const options = { clock: createSystemClock(), hub: system.hub };
      await using second = await hostOneWorker(env, options);
      const orders = newOrders(2_000);

      for (let start = 0; start < orders.length; start += 100)
        await system.publish(...orders.slice(start, start + 100));

      await eventually(async () => {
        const { notifications } = await listNotifications(second, '?state=sent&limit=1');
        expect((await listNotifications(second, '?state=pending&limit=1')).notifications).toEqual([]);
        expect(notifications[0]?.order_id).toBe('order-2000');
      });
      const headlines = [...system.worker.logLines, ...second.logLines].filter(({ msg }) =>
        msg.startsWith('📧'),
      );
      expect(new Set(headlines.map(({ msg }) => msg)).size).toBe(2_000);
      expect(headlines).toHaveLength(2_000);
    }
    await rm(folder, { recursive: true });
  });

  it('records at full speed while a slow channel takes its time', async () => {
    const clock = createVirtualClock();
    await using system = await hostWorker({ NOTIFICATION_DELAY_MS: '500' }, { clock });

    await system.publish(...newOrders(750));

    await eventually(async () => {
      const { notifications } = await system.list('?state=pending&limit=1000');
      expect(notifications).toHaveLength(750);
    });
    await clock.advance(1_500);
    await eventually(async () => {
      expect((await system.list('?state=sent&limit=1000')).notifications).toHaveLength(750);
    });
  });

  it('lists notifications page by page, newest first', async () => {
    await using system = await hostWorker();
    await system.publish(...newOrders(5));
    await eventually(async () => {
      expect((await system.list('?state=sent')).notifications).toHaveLength(5);
    });

    const first = await system.list('?limit=3');
    const second = await system.list(`?limit=3&cursor=${first.next_cursor ?? ''}`);

    const orders = [first, second].map(({ notifications }) => notifications.map(({ order_id: id }) => id));
    expect(orders).toEqual([
      ['order-5', 'order-4', 'order-3'],
      ['order-2', 'order-1'],
    ]);
    expect(second.next_cursor).toBeNull();
    const [newest] = first.notifications;
    expect(newest).toMatchObject({ event: 'order.created', channel: 'log', status: 'sent', attempts: 1 });
  });

  it.each(['state=gone', 'limit=0', 'limit=1001', 'limit=ten', 'cursor=first', 'order_id=', 'customer=7'])(
    'refuses %s with 400',
    async (query) => {
      await using system = await hostWorker();

      const { status, body } = await system.worker.request(`/notifications?${query}`);

      expect(status).toBe(400);
      expect(body).toHaveProperty('errors.0.field', query.split('=')[0]);
    },
  );

  it('counts what it sends by channel and result', async () => {
    await using system = await hostWorker();

    await system.publish(...newOrders(3));

    await eventually(async () => {
      const { body } = await system.worker.request('/metrics');
      expect(body).toContain('notifications_sent_total{channel="log",result="sent"} 3');
    });
  });

  it('accounts for every event in its ledger', async () => {
    await using system = await hostWorker();

    await system.publish(...newOrders(3));

    await eventually(async () => {
      const { body } = await system.worker.request('/ledger');
      expect(body).toMatchObject({
        balanced: true,
        groups: [{ group: 'notification-worker', topic: 'orders', head: 3, applied: 3 }],
        topics: [{ topic: 'notifications', accepted: 3, published: 3 }],
      });
    });
  });
});

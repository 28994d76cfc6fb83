import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@fanfare/core/testing';
import { createErasuresStandIn } from '@fanfare/service-kit/testing';
import { openDatabase } from '@fanfare/storage';
import type { NotificationTables } from '../src/notifications/notification-tables';
import { hostWorker, type WorkerUnderTest } from './support/host-worker';
import { orderCreatedEvent, orderTransitionEvent, time } from './support/order-events';

const customer = 'customer-to-forget';

describe('a customer whom the notification worker is to forget', () => {
  const erasures = createErasuresStandIn();
  let folder: string;
  let system: WorkerUnderTest;

  const host = async (env: Readonly<Record<string, string>> = {}) => {
    system = await hostWorker(
      {
        DATABASE_URL: `sqlite:${join(folder, 'notifications.db')}`,
        PRIVACY_FEED_URL: 'http://127.0.0.1:1',
        ...env,
      },
      { beside: [erasures.factory] },
    );
  };

  async function rows() {
    const database = await openDatabase(`sqlite:${join(folder, 'notifications.db')}`);
    try {
      return await database.queries
        .withTables<NotificationTables>()
        .selectFrom('notifications')
        .selectAll()
        .execute();
    } finally {
      await database.close();
    }
  }

  async function untilForgotten(orderId: string): Promise<void> {
    await eventually(async () => {
      expect((await rows()).find((row) => row.order_id === orderId)).toMatchObject({ customer_id: 'erased' });
    });
  }

  async function untilSent(count: number): Promise<void> {
    await eventually(async () => {
      expect((await system.list('?state=sent')).notifications).toHaveLength(count);
    });
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notifications-test-'));
  });
  afterEach(async () => {
    await system[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('is in no notification that was sent, and others stay', async () => {
    await host();
    await system.publish(
      orderCreatedEvent('o-1', { customerId: customer }),
      orderTransitionEvent('o-1', 'confirmed'),
      orderCreatedEvent('o-2'),
    );
    await untilSent(3);

    await erasures.erase(customer);
    await untilForgotten('o-1');

    const kept = await rows();
    expect(JSON.stringify(kept)).not.toContain(customer);
    expect(kept.filter((row) => row.order_id === 'o-2')).toMatchObject([{ customer_id: 'customer-1' }]);
  });

  it('is not told what was not sent yet: that is given up, and said so', async () => {
    await host({ NOTIFICATION_CHANNELS: 'webhook', NOTIFICATION_WEBHOOK_URL: 'http://127.0.0.1:1' });
    await system.publish(orderCreatedEvent('o-1', { customerId: customer }));
    await eventually(async () => {
      expect((await system.list()).notifications).toHaveLength(1);
    });

    await erasures.erase(customer);
    await untilForgotten('o-1');

    expect((await system.list()).notifications).toMatchObject([
      { order_id: 'o-1', status: 'failed', reason: 'its customer was forgotten' },
    ]);
    expect(await system.published()).toMatchObject([
      { type: 'com.fanfare.notification.failed.v1', data: { reason: 'its customer was forgotten' } },
    ]);
  });

  it('is told nothing by an event that comes late, and its order may be erased as well', async () => {
    await host();
    await system.publish(orderCreatedEvent('o-1', { customerId: customer }));
    await untilSent(1);
    await erasures.erase(customer);
    await erasures.erase('o-3');
    await untilForgotten('o-1');
    await system.publish(orderCreatedEvent('o-4'));
    await untilSent(2);

    await system.publish(
      orderCreatedEvent('o-2', { customerId: customer }),
      orderCreatedEvent('o-3'),
      orderCreatedEvent('o-5'),
    );
    await untilSent(3);

    expect((await rows()).map((row) => row.order_id).sort()).toEqual(['o-1', 'o-4', 'o-5']);
  });

  it('is told nothing of what still happens to the orders, be they late themselves, or erased', async () => {
    await host();
    await system.publish(orderCreatedEvent('o-1', { customerId: customer }), orderCreatedEvent('o-3'));
    await untilSent(2);
    await erasures.erase('o-3');
    await erasures.erase(customer);
    await untilForgotten('o-1');

    await system.publish(
      orderTransitionEvent('o-1', 'confirmed'),
      orderCreatedEvent('o-2', { customerId: customer }),
      orderTransitionEvent('o-2', 'confirmed'),
    );
    await system.publish(orderCreatedEvent('o-4'));
    await untilSent(3);
    await system.publish(
      orderTransitionEvent('o-2', 'shipped'),
      orderTransitionEvent('o-3', 'cancelled'),
      orderTransitionEvent('o-4', 'confirmed'),
    );
    await untilSent(4);

    expect((await rows()).map((row) => `${row.order_id} ${row.event_name}`)).toEqual([
      'o-1 order.created',
      'o-3 order.created',
      'o-4 order.created',
      'o-4 order.confirmed',
    ]);
  });

  it('is forgotten by when the orders were placed, however late they were noted, and may come back', async () => {
    const erasedAt = new Date(time.getTime() + 1);
    const placedAt = new Date(time.getTime() + 2);
    await host();
    await system.publish(
      orderCreatedEvent('o-1', { customerId: customer }),
      orderTransitionEvent('o-1', 'confirmed'),
      orderCreatedEvent('o-2', { customerId: customer, placedAt }),
    );
    await untilSent(3);

    await erasures.erase(customer, erasedAt);
    await untilForgotten('o-1');
    await system.publish(orderTransitionEvent('o-2', 'confirmed'));
    await untilSent(4);

    expect((await rows()).map((row) => `${row.order_id} ${String(row.customer_id)}`)).toEqual([
      'o-1 erased',
      'o-1 erased',
      `o-2 ${customer}`,
      `o-2 ${customer}`,
    ]);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLocalHub, openMessageBus } from '@fanfare/messaging';
import { withRabbitMq } from '@fanfare/messaging/testing';
import { createTopicOwner, hostForTest } from '@fanfare/service-kit/testing';
import { openDatabase } from '@fanfare/storage';
import { createTestProxy, describeAdapter, type TestProxy } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import { hostOneWorker, hostWorker, listNotifications, type WorkerUnderTest } from './support/host-worker';
import { newOrders, orderCreatedEvent } from './support/order-events';
import { createVhost, type Vhost } from './support/rabbitmq-vhost';
import { startHttpReceiver } from './support/receivers';

const untilSent = (system: WorkerUnderTest, count: number) =>
  eventually(async () => {
    expect((await system.list('?state=sent&limit=1000')).notifications).toHaveLength(count);
  });

describe('notification-worker, when things go wrong', () => {
  let folder: string;
  let databaseUrl: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fanfare-notifications-'));
    databaseUrl = `sqlite:${path.join(folder, 'notifications.db')}`;
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('notifies of orders that were placed before it ever ran', async () => {
    const clock = createSystemClock();
    const hub = createLocalHub({ clock });
    const orders = createTopicOwner({ name: 'order-service', topic: 'orders' });
    await using orderHost = await hostForTest(orders.factory, { clock, hub });
    await orders.publish(...newOrders(10));

    await using worker = await hostOneWorker({}, { clock, hub });

    await eventually(async () => {
      expect((await listNotifications(worker, '?state=sent')).notifications).toHaveLength(10);
    });
    expect(orderHost.url).not.toBe('');
  });

  it('waits between its tries when nothing can be recorded, and then records each order once', async () => {
    const clock = createVirtualClock();
    await using system = await hostWorker({ DATABASE_URL: databaseUrl }, { clock });
    await using saboteur = await openForSabotage(databaseUrl);
    const failures = () =>
      system.worker.logLines.filter(({ msg }) => msg === 'an event failed and will be tried again').length;
    await saboteur.run('alter table notifications rename to hidden');
    const startMs = clock.elapsedMs();
    await system.publish(orderCreatedEvent('order-1'));

    await eventually(
      async () => {
        await clock.advance(50);
        expect(failures()).toBeGreaterThanOrEqual(5);
      },
      { everyMs: 1 },
    );

    // four pauses from 100 to 800 ms, of which the jitter leaves at least a tenth
    expect(clock.elapsedMs() - startMs).toBeGreaterThan(150);
    await saboteur.run('alter table hidden rename to notifications');
    await eventually(async () => {
      await clock.advance(1_000);
      expect((await system.list('?state=sent')).notifications).toHaveLength(1);
    });
  });

  it('puts what is no event aside at once, with the reason, and goes on with the others', async () => {
    await using system = await hostWorker();
    const bus = await openMessageBus('memory:', { hub: system.hub, clock: createSystemClock() });
    const message = { partition: 0, id: 'odd', contentType: 'application/cloudevents+json', count: 1 };

    await bus.publish({ topic: 'orders', partitions: 1 }, [{ ...message, body: Buffer.from('{}') }]);
    await system.publish(orderCreatedEvent('order-1'));

    await untilSent(system, 1);
    const { body } = await system.worker.request('/dead-letters');
    expect(body).toMatchObject([{ group: 'notification-worker', attempts: 1, state: 'dead' }]);
    expect(body).toHaveProperty('0.reason', expect.stringContaining('not a valid event'));
    await bus.close();
  });

  it('finishes what it is sending before it stops, and sends it never again', async () => {
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await using receiver = await startHttpReceiver(
      () => 204,
      () => held,
    );
    const env = {
      DATABASE_URL: databaseUrl,
      NOTIFICATION_CHANNELS: 'webhook',
      NOTIFICATION_WEBHOOK_URL: receiver.url,
    };
    const hub = createLocalHub({ clock: createSystemClock() });
    {
      await using system = await hostWorker(env);
      await system.publish(orderCreatedEvent('order-1'));
      await eventually(() => {
        expect(receiver.requests).toHaveLength(1);
      });

      const stopped = system.worker.stop();
      answer();
      await stopped;
    }

    await using next = await hostOneWorker(env, { clock: createSystemClock(), hub });
    const { notifications } = await listNotifications(next);
    expect(notifications).toMatchObject([{ order_id: 'order-1', status: 'sent', attempts: 1 }]);
    expect(receiver.requests).toHaveLength(1);
  });
});

async function openForSabotage(url: string) {
  const database = await openDatabase(url);
  return {
    run: async (statement: string) => {
      await sql.raw(statement).execute(database.queries);
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

const { TEST_RABBITMQ_URL, TEST_RABBITMQ_MANAGEMENT_URL, TEST_TOXIPROXY_URL } = process.env;
interface Broker {
  readonly url: string;
  readonly managementUrl: string;
  readonly toxiproxyUrl: string;
}
const broker: Broker | { readonly missing: string } =
  TEST_RABBITMQ_URL && TEST_RABBITMQ_MANAGEMENT_URL && TEST_TOXIPROXY_URL
    ? {
        url: TEST_RABBITMQ_URL,
        managementUrl: TEST_RABBITMQ_MANAGEMENT_URL,
        toxiproxyUrl: TEST_TOXIPROXY_URL,
      }
    : { missing: 'TEST_RABBITMQ_URL, TEST_RABBITMQ_MANAGEMENT_URL or TEST_TOXIPROXY_URL is not set' };

describe('notification-worker on RabbitMQ', () => {
  describeAdapter({ name: 'RabbitMQ', underTest: broker }, ({ url, managementUrl, toxiproxyUrl }) => {
    let vhost: Vhost;
    let proxy: TestProxy;

    beforeEach(async () => {
      vhost = await createVhost(url, managementUrl);
      proxy = await createTestProxy(toxiproxyUrl, vhost.url);
    });
    afterEach(async () => {
      await proxy.remove();
      await vhost[Symbol.asyncDispose]();
    });

    it('consumes again by itself after the broker was away, and its health tells the truth meanwhile', async () => {
      await using system = await hostWorker({ MESSAGE_BUS_URL: proxy.url }, { messageBusUrl: vhost.url });
      const untilHealth = (status: number, mq: RegExp) =>
        eventually(async () => {
          const health = await system.worker.request('/health');
          expect(health.status).toBe(status);
          expect(health.body).toHaveProperty('checks.mq', expect.stringMatching(mq));
        });
      await system.publish(...newOrders(5));
      await untilSent(system, 5);

      await proxy.cut();
      await untilHealth(503, /unhealthy/);
      await system.publish(...newOrders(5));
      await proxy.restore();

      await untilHealth(200, /^healthy$/);
      await untilSent(system, 10);
    }, 30_000);

    it('goes on from the feed, and says what to do, when its queue is there with other arguments', async () => {
      const queue = 'orders.notification-worker.0';
      await withRabbitMq(vhost.url, (channel) =>
        channel.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum' } }),
      );

      await using system = await hostWorker({ MESSAGE_BUS_URL: vhost.url }, { messageBusUrl: vhost.url });
      await system.publish(...newOrders(5));

      await untilSent(system, 5);
      const toDo = `RabbitMQ has the queue ${queue} with other properties: delete it`;
      const { status, body } = await system.worker.request('/health');
      expect(status).toBe(503);
      expect(body).toHaveProperty('checks.mq', expect.stringContaining(toDo));
      expect(system.worker.logLines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          err: expect.objectContaining({
            message: expect.stringContaining(toDo) as string,
            causes: [expect.stringContaining('inequivalent arg')],
          }) as object,
        }),
      );

      await withRabbitMq(vhost.url, (channel) => channel.deleteQueue(queue));
      await system.publish(...newOrders(5));

      await untilSent(system, 10);
      await eventually(async () => {
        expect((await system.worker.request('/health')).status).toBe(200);
      });
    }, 30_000);

    it('starts while the broker is away, and is well when it comes', async () => {
      await proxy.cut();
      await using system = await hostWorker({ MESSAGE_BUS_URL: proxy.url }, { messageBusUrl: vhost.url });
      expect((await system.worker.request('/health/ready')).status).toBe(200);

      await proxy.restore();
      await system.publish(...newOrders(5));

      await untilSent(system, 5);
      await eventually(async () => {
        expect((await system.worker.request('/health')).status).toBe(200);
      });
    }, 30_000);
  });
});

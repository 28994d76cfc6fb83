import { randomUUID } from 'node:crypto';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createTestProxy, describeOutages, timed, type TestProxy } from '@fanfare/storage/testing';
import type { MessageBus } from '../../bus/message-bus';
import { silentBusObserver } from '../../bus/message-bus-observer';
import { rabbitMqMembersJoined, removeRabbitMqTopic } from '../../testing/rabbitmq-broker';
import { receive, sampleIds, sampleMessage, sampleMessages } from '../../testing/received';
import { createTestStream } from '../../testing/test-stream';
import { openRabbitMqBus } from './open';

const clock = createSystemClock();

describeOutages('RabbitMQ', 'TEST_RABBITMQ_URL', ({ serverUrl, toxiproxyUrl }) => {
  let proxy: TestProxy;
  let target: { readonly topic: string; readonly group: string; readonly partitions: number };
  let buses: MessageBus[];

  function open(url: string): MessageBus {
    const bus = openRabbitMqBus(url, { name: target.topic, clock, observer: silentBusObserver });
    buses.push(bus);
    return bus;
  }

  const joined = (members: number) => rabbitMqMembersJoined(serverUrl, { ...target, members });

  beforeEach(async () => {
    proxy = await createTestProxy(toxiproxyUrl, serverUrl);
    target = { topic: `test-${randomUUID()}`, group: 'analytics', partitions: 1 };
    buses = [];
  });

  afterEach(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await proxy.remove();
    await removeRabbitMqTopic(serverUrl, target.topic, [target.group], 1);
  });

  it('begins to work when the broker becomes reachable', async () => {
    await proxy.cut();
    const bus = open(proxy.url);
    const analytics = receive();
    await bus.subscribe(target, analytics.handle);
    await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(bus.publish(target, [sampleMessage(1)])).rejects.toMatchObject({ code: 'unavailable' });

    await proxy.restore();

    await joined(1);
    await eventually(() => bus.publish(target, [sampleMessage(2)]));
    await eventually(() => {
      expect(analytics.ids()).toEqual(['m-2']);
    });
    await expect(bus.ping()).resolves.toBeUndefined();
  });

  it('loses nothing and keeps the order when the network is cut again and again', async () => {
    const bus = open(proxy.url);
    const stream = createTestStream(bus, target);
    await bus.subscribe({ ...target, prefetch: 30 }, async (batch) => {
      stream.take(batch);
    });
    await joined(1);

    for (const last of [500, 1_000, 1_500]) {
      const publishing = stream.publishTo(last);
      await eventually(() => {
        expect(stream.cursor).toBeGreaterThan(last - 450);
      });
      await proxy.cut();
      await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });
      await proxy.restore();
      await publishing;
    }

    await stream.complete();
    expect(stream.gaps).toEqual([]);
    expect(stream.refusals).toBeGreaterThan(0);
  });

  it('lets another member take over, in order, what one that died had not acknowledged', async () => {
    const dying = receive(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            resolve();
          });
        }),
    );
    const staying = receive();
    await open(proxy.url).subscribe({ ...target, prefetch: 10 }, dying.handle);
    await joined(1);
    const bus = open(serverUrl);
    await bus.publish(target, sampleMessages(1, 30));
    await eventually(() => {
      expect(dying.deliveries.length).toBeGreaterThan(0);
    });
    await bus.subscribe(target, staying.handle);
    await joined(2);

    await proxy.cut();

    await eventually(() => {
      expect(staying.ids()).toEqual(sampleIds(1, 30));
    });
  });

  it('finds out within 2 s that the broker hangs, and works when it goes on', async () => {
    const bus = open(`${proxy.url}?heartbeat=1`);
    const analytics = receive();
    await bus.subscribe(target, analytics.handle);
    await joined(1);
    await bus.publish(target, [sampleMessage(1)]);

    await proxy.freeze();
    const ping = await timed(() => bus.ping());
    const publish = await timed(() => bus.publish(target, [sampleMessage(2)]));
    await proxy.restore();

    expect(ping.code).toBe('unavailable');
    expect(ping.ms).toBeLessThan(2_000);
    expect(publish.code).toBe('unavailable');
    await eventually(async () => {
      await bus.publish(target, [sampleMessage(3)]);
      expect(analytics.ids()).toContain('m-3');
    });
  });

  it('closes within seconds while the broker hangs', async () => {
    const bus = open(proxy.url);
    await bus.subscribe(target, receive().handle);
    await joined(1);
    await bus.publish(target, [sampleMessage(1)]);
    await proxy.freeze();
    const publishing = timed(() => bus.publish(target, [sampleMessage(2)]));

    const closing = await timed(() => bus.close());

    await expect(publishing).resolves.toMatchObject({ code: 'unavailable' });
    expect(closing.code).toBe('ok');
    expect(closing.ms).toBeLessThan(8_000);
  });
});

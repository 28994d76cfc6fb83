import { randomUUID } from 'node:crypto';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeOutages, takeTestProxy, timed, type TestProxy } from '@fanfare/storage/testing';
import type { MessageBus } from '../../bus/message-bus';
import { silentBusObserver } from '../../bus/message-bus-observer';
import { kafkaMembersJoined, readKafkaTopic, removeKafkaTopic } from '../../testing/kafka-broker';
import { receive, sampleIds, sampleMessage, sampleMessages } from '../../testing/received';
import { createTestStream } from '../../testing/test-stream';
import { openKafkaBus } from './open';

const clock = createSystemClock();
/** Kafka names this address to whoever comes through it, so that they come through it again. */
const proxyUrl = process.env['TEST_KAFKA_PROXY_URL'] ?? '';
/** Longer than a dead member keeps its place. */
const takeOverMs = 30_000;

describeOutages('Kafka', 'TEST_KAFKA_URL', ({ serverUrl, toxiproxyUrl }) => {
  let proxy: TestProxy;
  let target: { readonly topic: string; readonly group: string; readonly partitions: number };
  let buses: MessageBus[];

  function open(url: string): MessageBus {
    const bus = openKafkaBus(url, { name: 'test', clock, observer: silentBusObserver });
    buses.push(bus);
    return bus;
  }

  const joined = (members: number) => kafkaMembersJoined(serverUrl, { ...target, members });

  beforeEach(async () => {
    proxy = await takeTestProxy(toxiproxyUrl, proxyUrl);
    target = { topic: `test-${randomUUID()}`, group: 'analytics', partitions: 1 };
    buses = [];
  });

  afterEach(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await proxy.remove();
    await removeKafkaTopic(serverUrl, target.topic, [target.group]);
  });

  it('begins to work when the broker becomes reachable', async () => {
    await proxy.cut();
    const bus = open(proxy.url);
    const analytics = receive();
    await bus.subscribe(target, analytics.handle);
    await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(bus.publish(target, [sampleMessage(1)])).rejects.toMatchObject({ code: 'unavailable' });

    await proxy.restore();

    await eventually(() => bus.publish(target, [sampleMessage(2)]));
    await eventually(
      () => {
        expect(analytics.ids()).toEqual(['m-2']);
      },
      { timeoutMs: takeOverMs },
    );
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
      await eventually(
        () => {
          expect(stream.cursor).toBeGreaterThan(last - 450);
        },
        { timeoutMs: takeOverMs },
      );
      await proxy.cut();
      await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });
      await proxy.restore();
      await publishing;
    }

    await stream.complete();
    expect(stream.gaps).toEqual([]);
  });

  it('writes each message once when only answers were lost', async () => {
    const bus = open(proxy.url);
    await bus.publish(target, [sampleMessage(1)]);

    for (const sequence of [2, 3, 4]) {
      await proxy.freeze();
      const publishing = bus.publish(target, [sampleMessage(sequence)]);
      await eventually(async () => {
        expect(await readKafkaTopic(serverUrl, target.topic, sequence)).toHaveLength(sequence);
      });
      await proxy.restore();
      await publishing;
    }

    const written = await readKafkaTopic(serverUrl, target.topic, 4);
    expect(written.map(({ headers }) => headers['id'])).toEqual(sampleIds(1, 4));
  });

  it('lets nothing overtake what was refused', async () => {
    const bus = open(proxy.url);
    await proxy.cut();

    const first = bus.publish(target, [sampleMessage(1)]);
    const second = bus.publish(target, [sampleMessage(2)]);
    const back = first.catch(() => proxy.restore());

    await expect(first).rejects.toMatchObject({ code: 'unavailable' });
    await expect(second).rejects.toMatchObject({ code: 'unavailable' });
    await back;
    await eventually(() => bus.publish(target, sampleMessages(1, 2)));
    const written = await readKafkaTopic(serverUrl, target.topic, 2);
    expect(written.map(({ headers }) => headers['id'])).toEqual(sampleIds(1, 2));
  });

  it('lets another member take over, in order, what one that died had not acknowledged', async () => {
    const dying = receive(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('gave up'));
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

    await proxy.cut();
    await bus.subscribe(target, staying.handle);

    await eventually(
      () => {
        expect(staying.ids()).toEqual(sampleIds(1, 30));
      },
      { timeoutMs: takeOverMs },
    );
  });

  it('finds out within 2 s that the broker hangs, and works when it goes on', async () => {
    const bus = open(proxy.url);
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
    await eventually(
      async () => {
        await bus.publish(target, [sampleMessage(3)]);
        expect(analytics.ids()).toContain('m-3');
      },
      { timeoutMs: takeOverMs },
    );
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

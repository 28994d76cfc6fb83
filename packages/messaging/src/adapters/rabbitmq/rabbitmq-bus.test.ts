import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import type { MessageBus } from '../../bus/message-bus';
import { silentBusObserver } from '../../bus/message-bus-observer';
import { rabbitMqMembersJoined, removeRabbitMqTopic, withRabbitMq } from '../../testing/rabbitmq-broker';
import { closeRabbitMqConnections } from '../../testing/rabbitmq-management';
import { receive, sampleMessage, sampleMessages } from '../../testing/received';
import { createTestStream } from '../../testing/test-stream';
import { openRabbitMqBus } from './open';

const clock = createSystemClock();
const url = process.env['TEST_RABBITMQ_URL'];
const managementUrl = process.env['TEST_RABBITMQ_MANAGEMENT_URL'];

describeAdapter(
  { name: 'RabbitMQ', underTest: url ? { url } : { missing: 'TEST_RABBITMQ_URL is not set' } },
  declareRabbitMqTests,
);

function declareRabbitMqTests({ url }: { readonly url: string }): void {
  describe('the bus on RabbitMQ', () => {
    let name: string;
    let target: { readonly topic: string; readonly group: string; readonly partitions: number };
    let bus: MessageBus;

    beforeEach(() => {
      name = `test-${randomUUID()}`;
      target = { topic: name, group: 'analytics', partitions: 1 };
      bus = openRabbitMqBus(url, { name, clock, observer: silentBusObserver });
    });

    afterEach(async () => {
      await bus.close();
      await removeRabbitMqTopic(url, target.topic, [target.group], 2);
    });

    const joined = () => rabbitMqMembersJoined(url, { ...target, members: 1 });

    it('delivers what foreign producers send, as unnumbered messages of the queue they came from', async () => {
      target = { ...target, partitions: 2 };
      const analytics = receive();
      await bus.subscribe(target, analytics.handle);
      await joined();

      await withRabbitMq(url, async (channel) => {
        channel.publish(target.topic, '1', Buffer.from('bare'));
        channel.sendToQueue(`${target.topic}.analytics.0`, Buffer.from('odd'), {
          headers: { sequence: 'first', count: [1] },
        });
        await channel.checkExchange(target.topic); // answered after both have arrived
      });

      await eventually(() => {
        const seen = analytics.deliveries.map(({ partition, sequence, count, body }) => [
          partition,
          sequence,
          count,
          body.toString(),
        ]);
        expect(seen.sort()).toEqual([
          [0, undefined, 1, 'odd'],
          [1, undefined, 1, 'bare'],
        ]);
      });
    });

    it('declares its topology again when all of it was deleted', async () => {
      const analytics = receive();
      await bus.subscribe(target, analytics.handle);
      await joined();
      await bus.publish(target, [sampleMessage(1)]);

      await removeRabbitMqTopic(url, target.topic, [target.group], 1);

      await eventually(async () => {
        await bus.publish(target, [sampleMessage(2)]);
        expect(analytics.ids()).toContain('m-2');
      });
    });

    it.each<[string, Remove]>([
      ['queue TOPIC.analytics.0', (channel, name) => channel.deleteQueue(name)],
      ['queue TOPIC.analytics.dead', (channel, name) => channel.deleteQueue(name)],
      ['exchange TOPIC.analytics', (channel, name) => channel.deleteExchange(name)],
      ['exchange TOPIC', (channel, name) => channel.deleteExchange(name)],
    ])(
      'says what to do about the %s that is there with other properties, and then goes on',
      async (kind, remove) => {
        const what = kind.replace('TOPIC', target.topic);
        const [, existing = ''] = what.split(' ');
        await withRabbitMq(url, async (channel) => {
          const limited = { 'x-queue-type': 'quorum', 'x-max-length': 1_000 };
          if (kind.startsWith('queue')) await channel.assertQueue(existing, { arguments: limited });
          else await channel.assertExchange(existing, 'headers');
        });
        const waits: unknown[] = [];
        const observer = { waiting: (_: string, error: unknown) => void waits.push(error) };
        const late = openRabbitMqBus(url, { name, clock, observer });
        const analytics = receive();
        const refusal = {
          code: 'unavailable',
          message: expect.stringContaining(`the ${what} with other properties: delete it`) as string,
        };

        await late.subscribe(target, analytics.handle);

        await eventually(async () => {
          await expect(late.ping()).rejects.toMatchObject(refusal);
        });
        expect(waits).toContainEqual(expect.objectContaining(refusal));
        await withRabbitMq(url, (channel) => remove(channel, existing));
        await joined();
        await late.publish(target, [sampleMessage(1)]);
        await eventually(() => {
          expect(analytics.ids()).toEqual(['m-1']);
        });
        await expect(late.ping()).resolves.toBeUndefined();
        await late.close();
      },
    );

    it('says it to who publishes as well', async () => {
      await withRabbitMq(url, (channel) => channel.assertExchange(target.topic, 'headers'));
      const refusal = {
        code: 'unavailable',
        message: expect.stringContaining(
          `the exchange ${target.topic} with other properties: delete it`,
        ) as string,
      };

      await expect(bus.publish(target, [sampleMessage(1)])).rejects.toMatchObject(refusal);
      await expect(bus.ping()).rejects.toMatchObject(refusal);

      await withRabbitMq(url, (channel) => channel.deleteExchange(target.topic));
      await bus.publish(target, [sampleMessage(1)]);
      await expect(bus.ping()).resolves.toBeUndefined();
    });

    it('keeps the order when a handler fails over and over under load', async () => {
      let calls = 0;
      const stream = createTestStream(bus, target);
      await bus.subscribe({ ...target, prefetch: 20 }, async (batch) => {
        calls += 1;
        if (calls % 5 === 0) throw new Error('every fifth');
        stream.take(batch);
      });
      await joined();

      await stream.publishTo(400);

      await stream.complete();
      expect(stream.gaps).toEqual([]);
    });

    it('sets a message aside, and keeps it, after its delivery limit', async () => {
      const subscription = await bus.subscribe(target, receive().handle);
      await joined();
      await subscription.close();
      await bus.publish(target, sampleMessages(1, 2));

      await dieReading(url, `${target.topic}.analytics.0`, 201);

      const dead = await eventually(async () => {
        const message = await withRabbitMq(url, (channel) => channel.get(`${target.topic}.analytics.dead`));
        expect(message).not.toBe(false);
        return message;
      });
      expect(dead).toMatchObject({ properties: { messageId: 'm-1' } });
      const rest = receive();
      await bus.subscribe(target, rest.handle);
      await eventually(() => {
        expect(rest.ids()).toEqual(['m-2']);
      });
    });

    it('refuses nothing when the broker is not there yet, and says at once that it is away', async () => {
      const early = openRabbitMqBus('amqp://127.0.0.1:1', { name, clock, observer: silentBusObserver });

      const subscription = await early.subscribe(target, receive().handle);
      await expect(early.ping()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(early.publish(target, [sampleMessage(1)])).rejects.toMatchObject({ code: 'unavailable' });

      await subscription.close();
      await early.close();
    });

    describeAdapter<{ readonly managementUrl: string }>(
      {
        name: "the broker's management",
        underTest: managementUrl ? { managementUrl } : { missing: 'TEST_RABBITMQ_MANAGEMENT_URL is not set' },
      },
      ({ managementUrl }) => {
        it('goes on in order when the broker closes its connections', async () => {
          const stream = createTestStream(bus, target);
          await bus.subscribe({ ...target, prefetch: 20 }, async (batch) => {
            stream.take(batch);
          });
          await joined();

          const publishing = stream.publishTo(2_000);
          await closeRabbitMqConnections(managementUrl, name);
          await publishing;

          await stream.complete();
          expect(stream.gaps).toEqual([]);
        });
      },
    );
  });
}

type Remove = (channel: Channel, name: string) => Promise<unknown>;

/** Takes the first message of a queue and dies of it, that many times. */
async function dieReading(url: string, queue: string, times: number): Promise<void> {
  await withRabbitMq(url, async (_, connection) => {
    for (let death = 0; death < times; death += 1) {
      const channel = await connection.createChannel();
      await channel.prefetch(1);
      await new Promise<void>((resolve, reject) => {
        channel
          .consume(queue, () => {
            resolve();
          })
          .catch(reject);
      });
      await channel.close();
    }
  });
}

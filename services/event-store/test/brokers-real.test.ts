import { randomUUID } from 'node:crypto';
import { decodeJson, decodeKafka, type CloudEvent } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import {
  readKafkaTopic,
  readRabbitMqQueue,
  removeKafkaTopic,
  withRabbitMq,
} from '@fanfare/messaging/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import { openDelivering, type Delivering } from './support/delivering';

/** What a busy machine needs, and a broker that has just come back. */
const patience = { timeoutMs: 60_000 };
const timeoutMs = 120_000;
const retry = { max_attempts: 100, delay_ms: 100, max_delay_ms: 1_000 };

const subjects = ['s-0', 's-1', 's-2'];

/** Sixty events of three subjects in turn. */
async function publishSixty(t: Delivering): Promise<void> {
  const events = Array.from({ length: 60 }, (_, index) => ({
    id: `e-${index}`,
    type: 'order.created',
    subject: subjects[index % 3],
    data: { index },
  }));
  expect((await t.store.post('/events', events)).status).toBe(202);
}

const delivered = (t: Delivering) =>
  eventually(async () => {
    expect(await t.observer()).toMatchObject({ lag: 0, waiting: 0, dead_letters: 0 });
  }, patience);

/** Each event at least once, those of a subject in their order; what came again does not count. */
function expectSixty(events: readonly CloudEvent[]): void {
  for (const [offset, subject] of subjects.entries()) {
    const ids = new Set(events.filter((event) => event.subject === subject).map(({ id }) => id));
    expect([...ids]).toEqual(Array.from({ length: 20 }, (_, index) => `e-${index * 3 + offset}`));
  }
}

const kafkaUrl = process.env['TEST_KAFKA_URL'];

describeAdapter(
  { name: 'Kafka', underTest: kafkaUrl ? { url: kafkaUrl } : { missing: 'TEST_KAFKA_URL is not set' } },
  ({ url }: { readonly url: string }) => {
    it.each([{}, { batch: { size: 7, wait_ms: 10 } }])(
      'gets the events of an observer with %j in its topic, in order for each subject, and a replay beside them',
      async (parts) => {
        const topic = `test-${randomUUID()}`;
        await using t = await openDelivering({ OBSERVER_BROKERS: `billing=${url}` });
        await t.observe({ endpoint: `kafka://billing/${topic}`, concurrency: 3, retry, ...parts });

        await publishSixty(t);
        await delivered(t);
        await t.store.post('/event-store/replay', { observer_id: 'billing', to_position: 1 });
        const records = await readKafkaTopic(url, topic, 61);

        expectSixty(records.map((record) => decodeKafka(record)));
        expect(records.find(({ headers }) => headers['position'] === '4')).toMatchObject({
          key: 's-0',
          headers: { ce_id: 'e-3', ce_position: '4', ce_attempt: expect.any(String) as string },
        });
        expect(records.filter(({ headers }) => headers['ce_replay'] === 'true')).toMatchObject([
          { headers: { ce_id: 'e-0' } },
        ]);
        await removeKafkaTopic(url, topic, []);
      },
      timeoutMs,
    );
  },
);

const rabbitMqUrl = process.env['TEST_RABBITMQ_URL'];

describeAdapter(
  {
    name: 'RabbitMQ',
    underTest: rabbitMqUrl ? { url: rabbitMqUrl } : { missing: 'TEST_RABBITMQ_URL is not set' },
  },
  ({ url }: { readonly url: string }) => {
    let name: string;

    const declare = () =>
      withRabbitMq(url, async (channel) => {
        await channel.assertExchange(name, 'topic', { durable: true });
        await channel.assertQueue(name, { durable: true });
        await channel.bindQueue(name, name, 'order.#');
      });

    beforeEach(() => {
      name = `test-${randomUUID()}`;
    });

    afterEach(() =>
      withRabbitMq(url, async (channel) => {
        await channel.deleteQueue(name);
        await channel.deleteExchange(name);
      }),
    );

    it.each([{}, { batch: { size: 7, wait_ms: 10 } }])(
      'gets the events of an observer with %j at its exchange, in order for each subject',
      async (parts) => {
        await declare();
        await using t = await openDelivering({ OBSERVER_BROKERS: `partner=${url}` });
        await t.observe({ endpoint: `amqp://partner/${name}`, concurrency: 3, retry, ...parts });

        await publishSixty(t);
        await delivered(t);

        const messages = await readRabbitMqQueue(url, name);
        expectSixty(messages.map(({ content }) => decodeJson(content.toString())));
        expect(messages.find(({ properties }) => properties.messageId === 'e-3')).toMatchObject({
          fields: { routingKey: 'order.created' },
          properties: {
            deliveryMode: 2,
            contentType: 'application/cloudevents+json',
            headers: { position: '4' },
          },
        });
      },
      timeoutMs,
    );

    it(
      'makes dead letters of what no queue takes, with that as the reason, and takes them when there is one',
      async () => {
        await declare();
        await using t = await openDelivering({ OBSERVER_BROKERS: `partner=${url}` });
        await t.observe({
          endpoint: `amqp://partner/${name}?routing_key=nobody`,
          retry: { max_attempts: 2, delay_ms: 1 },
        });

        await t.publish('e-1');

        await eventually(async () => {
          expect(await t.deadLetters()).toMatchObject([
            { error: `no queue takes what comes to the exchange ${name} with the routing key "nobody"` },
          ]);
        }, patience);
        await withRabbitMq(url, (channel) => channel.bindQueue(name, name, 'nobody'));
        await t.change('POST', '/observers/billing/dead-letters/redrive', {});
        await delivered(t);
        const messages = await readRabbitMqQueue(url, name);
        expect(messages).toMatchObject([{ properties: { messageId: 'e-1' } }]);
      },
      timeoutMs,
    );
  },
);

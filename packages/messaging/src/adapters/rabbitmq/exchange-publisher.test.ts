import { randomUUID } from 'node:crypto';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import { readRabbitMqQueue, withRabbitMq } from '../../testing/rabbitmq-broker';
import { openExchangePublisher, type ExchangeMessage, type ExchangePublisher } from './exchange-publisher';

const clock = createSystemClock();
const url = process.env['TEST_RABBITMQ_URL'];

describeAdapter(
  { name: 'RabbitMQ', underTest: url ? { url } : { missing: 'TEST_RABBITMQ_URL is not set' } },
  declareExchangePublisherTests,
);

function declareExchangePublisherTests({ url }: { readonly url: string }): void {
  describe('the exchange publisher', () => {
    let name: string;
    let publisher: ExchangePublisher;

    const messageOf = (number: number, routingKey = 'paid'): ExchangeMessage => ({
      exchange: name,
      routingKey,
      id: `m-${number}`,
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify({ number })),
      headers: { position: String(number) },
    });
    const declare = () =>
      withRabbitMq(url, async (channel) => {
        await channel.assertExchange(name, 'topic', { durable: true });
        await channel.assertQueue(name, { durable: true });
        await channel.bindQueue(name, name, 'paid');
      });
    const numbers = (messages: readonly { readonly content: Buffer }[]) =>
      messages.map(({ content }) => (JSON.parse(content.toString()) as { readonly number: number }).number);

    beforeEach(() => {
      name = `test-${randomUUID()}`;
      publisher = openExchangePublisher(url, { clock, name });
    });

    afterEach(async () => {
      await publisher.close();
      await withRabbitMq(url, async (channel) => {
        await channel.deleteQueue(name);
        await channel.deleteExchange(name);
      });
    });

    it('brings messages into the queue in the order of the calls, to stay, with their headers', async () => {
      await declare();
      const sent = Array.from({ length: 300 }, (_, index) => messageOf(index + 1));

      await Promise.all(sent.map((message) => publisher.publish(message)));

      const messages = await readRabbitMqQueue(url, name);
      expect(numbers(messages)).toEqual(sent.map((_, index) => index + 1));
      expect(messages[6]?.properties).toMatchObject({
        deliveryMode: 2,
        messageId: 'm-7',
        contentType: 'application/json',
        headers: { position: '7' },
      });
    });

    it('refuses what no queue takes, and only that', async () => {
      await declare();

      const outcomes = await Promise.allSettled([
        publisher.publish(messageOf(1)),
        publisher.publish(messageOf(2, 'refunded')),
        publisher.publish(messageOf(2, 'paid')),
      ]);

      expect(outcomes).toMatchObject([
        { status: 'fulfilled' },
        {
          reason: {
            code: 'unavailable',
            message: `no queue takes what comes to the exchange ${name} with the routing key "refunded"`,
          },
        },
        { status: 'fulfilled' },
      ]);
      expect(numbers(await readRabbitMqQueue(url, name))).toEqual([1, 2]);
    });

    it('says that there is no such exchange, and goes on when there is one', async () => {
      await expect(publisher.publish(messageOf(1))).rejects.toMatchObject({
        code: 'unavailable',
        cause: { message: expect.stringContaining('NOT_FOUND') as string },
      });

      await declare();

      await eventually(() => publisher.publish(messageOf(1)));
      await publisher.publish({ ...messageOf(2), exchange: '', routingKey: name });
      expect(numbers(await readRabbitMqQueue(url, name))).toEqual([1, 2]);
    });

    it('finishes what is under way when it closes, and refuses what comes later', async () => {
      await declare();
      await publisher.publish(messageOf(1));

      const publishing = publisher.publish(messageOf(2));
      await publisher.close();
      await publisher.close();

      await expect(publishing).resolves.toBeUndefined();
      await expect(publisher.publish(messageOf(3))).rejects.toMatchObject({ code: 'unavailable' });
      expect(numbers(await readRabbitMqQueue(url, name))).toEqual([1, 2]);
    });

    it('says that the broker is away', async () => {
      const early = openExchangePublisher('amqp://127.0.0.1:1', { clock, name });

      await expect(early.publish(messageOf(1))).rejects.toMatchObject({ code: 'unavailable' });
      await early.close();
    });
  });
}

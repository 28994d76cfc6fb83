import { randomUUID } from 'node:crypto';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import { rabbitMqMembersJoined, removeRabbitMqTopic } from '../../testing/rabbitmq-broker';
import { evaluateAtBroker } from '../../testing/rabbitmqctl';
import { receive, sampleMessage } from '../../testing/received';
import { openRabbitMqBus } from './open';

const clock = createSystemClock();
const url = process.env['TEST_RABBITMQ_URL'];
const rabbitmqctl = process.env['TEST_RABBITMQCTL'];

describeAdapter<{ readonly url: string; readonly rabbitmqctl: string }>(
  {
    name: "the broker's rabbitmqctl",
    underTest: url && rabbitmqctl ? { url, rabbitmqctl } : { missing: 'TEST_RABBITMQCTL is not set' },
  },
  ({ url, rabbitmqctl }) => {
    it('says which queue does not answer, and goes on with what it holds when it does', async () => {
      const target = { topic: `test-${randomUUID()}`, group: 'analytics', partitions: 1 };
      const queue = `${target.topic}.analytics.0`;
      // what the broker registers the queue's process as, in the virtual host `/`
      const tell = (request: string) => evaluateAtBroker(rabbitmqctl, `sys:${request}('%2F_${queue}').`);
      const waits: string[] = [];
      const observer = { waiting: (_: string, error: Error) => void waits.push(error.message) };
      const bus = openRabbitMqBus(url, { name: target.topic, clock, observer });
      const early = await bus.subscribe(target, receive().handle);
      await rabbitMqMembersJoined(url, { ...target, members: 1 });
      await early.close();
      await bus.publish(target, [sampleMessage(1)]);
      const analytics = receive();

      await tell('suspend');
      const late = await bus.subscribe(target, analytics.handle);
      const unanswered = `RabbitMQ does not answer for the queue ${queue}`;
      await eventually(
        async () => {
          await expect(bus.ping()).rejects.toMatchObject({
            code: 'unavailable',
            message: expect.stringContaining(unanswered) as string,
          });
        },
        { timeoutMs: 20_000 },
      );
      await tell('resume');

      await eventually(() => {
        expect(analytics.ids()).toEqual(['m-1']);
      });
      await expect(bus.ping()).resolves.toBeUndefined();
      expect(waits).toContainEqual(expect.stringContaining(`${unanswered}: have it elect a leader`));
      await late.close();
      await bus.close();
      await removeRabbitMqTopic(url, target.topic, [target.group], 1);
    });
  },
);

import { eventually } from '@fanfare/core/testing';
import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import type { ExpectedMembers } from './message-bus-under-test';

/** Runs `action` on a connection and a channel of its own, beside the adapter. */
export async function withRabbitMq<T>(
  url: string,
  action: (channel: Channel, connection: ChannelModel) => Promise<T>,
): Promise<T> {
  const connection = await connect(url);
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    return await action(channel, connection);
  } finally {
    await connection.close();
  }
}

/** Resolves when the group has that many members in each partition. */
export async function rabbitMqMembersJoined(url: string, expected: ExpectedMembers): Promise<void> {
  const { topic, group, partitions, members } = expected;
  await eventually(
    async () => {
      const { consumerCount } = await withRabbitMq(url, (channel) =>
        channel.checkQueue(`${topic}.${group}.members`),
      );
      expect(consumerCount).toBe(members * partitions);
    },
    { everyMs: 50 },
  );
}

/** Deletes every exchange and queue of the topic; those that do not exist do not matter. */
export async function removeRabbitMqTopic(
  url: string,
  topic: string,
  groups: readonly string[],
  partitions: number,
): Promise<void> {
  await withRabbitMq(url, async (channel) => {
    for (const group of groups) {
      for (let partition = 0; partition < partitions; partition += 1) {
        await channel.deleteQueue(`${topic}.${group}.${partition}`);
      }
      await channel.deleteQueue(`${topic}.${group}.dead`);
      await channel.deleteExchange(`${topic}.${group}.dead`);
      await channel.deleteExchange(`${topic}.${group}`);
    }
    await channel.deleteExchange(topic);
  });
}

/** Takes all that is in a queue, in its order. */
export function readRabbitMqQueue(url: string, queue: string): Promise<readonly GetMessage[]> {
  return withRabbitMq(url, async (channel) => {
    const messages: GetMessage[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (!message) return messages;
      messages.push(message);
    }
  });
}

import { randomUUID } from 'node:crypto';
import { eventually } from '@fanfare/core/testing';
import type { Admin } from 'kafkajs';
import { createKafkaClient } from '../adapters/kafka/client';
import { consumerGroupOf } from '../adapters/kafka/member';
import type { ExpectedMembers } from './message-bus-under-test';

/** Runs `action` on connections of its own, beside the adapter. */
export async function withKafka<T>(url: string, action: (admin: Admin) => Promise<T>): Promise<T> {
  const client = await createKafkaClient({ url, name: 'test' });
  return client.administer(action);
}

/** Resolves when the group has that many members in each partition, and they have agreed who reads what. */
export async function kafkaMembersJoined(url: string, expected: ExpectedMembers): Promise<void> {
  const { topic, group, partitions, members } = expected;
  await withKafka(url, (admin) =>
    eventually(
      async () => {
        const { groups } = await admin.describeGroups([consumerGroupOf(topic, group)]);
        const seen = groups.map(({ state, members: joined }) => ({ state, members: joined.length }));
        expect(seen).toEqual([{ state: 'Stable', members: members * partitions }]);
      },
      { everyMs: 50 },
    ),
  );
}

/** Deletes the topic and its groups; those that do not exist do not matter. */
export async function removeKafkaTopic(url: string, topic: string, groups: readonly string[]): Promise<void> {
  await withKafka(url, async (admin) => {
    await admin.deleteGroups(groups.map((group) => consumerGroupOf(topic, group))).catch(() => undefined);
    const topics = await admin.listTopics();
    if (topics.includes(topic)) await admin.deleteTopics({ topics: [topic] });
  });
}

/** A record as it lies in a topic, its bytes as text. */
export interface ReadRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads a topic from its beginning until it has given `count` records that are wanted, and has no more at hand. */
export async function readKafkaTopic(
  url: string,
  topic: string,
  count: number,
  isWanted: (record: ReadRecord) => boolean = () => true,
): Promise<ReadRecord[]> {
  const client = await createKafkaClient({ url, name: 'test' });
  const consumer = client.kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const records: ReadRecord[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, headers = {} } }) => {
        const texts = Object.entries(headers).map(([name, header]) => [name, String(header)] as const);
        const record = {
          partition,
          key: key?.toString() ?? null,
          value: value?.toString() ?? null,
          headers: Object.fromEntries(texts),
        };
        if (isWanted(record)) records.push(record);
      },
    });
    await eventually(() => {
      expect(records.length).toBeGreaterThanOrEqual(count);
    });
    return records;
  } finally {
    await consumer.disconnect();
  }
}

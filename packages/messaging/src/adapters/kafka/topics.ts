import type { Admin } from 'kafkajs';
import type { KafkaClient } from './client';

/** A topic as this system makes it where it is missing. */
export interface TopicLayout {
  readonly topic: string;
  /** At least how many; without it a new topic has as many as the broker gives it. */
  readonly partitions?: number | undefined;
}

/** Kafka's own default is 1 MiB, and a body may be larger. */
const maxMessageBytes = 16 * 1024 * 1024;
/** What of this the broker decides. */
const brokerDefault = -1;

/** Creates the topic where it is missing and adds the partitions that it lacks. Others may do the same meanwhile. */
export async function ensureTopic(client: KafkaClient, { topic, partitions }: TopicLayout): Promise<void> {
  await client.administer(async (admin) => {
    const present = await countPartitions(admin, topic);
    if (present === 0) {
      await admin.createTopics({
        topics: [
          {
            topic,
            numPartitions: partitions ?? brokerDefault,
            replicationFactor: brokerDefault,
            configEntries: [{ name: 'max.message.bytes', value: String(maxMessageBytes) }],
          },
        ],
      });
    } else if (partitions !== undefined && present < partitions) {
      await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
    }
  });
}

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  } catch (error) {
    if (isUnknownTopic(error)) return 0;
    throw error;
  }
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION';
}

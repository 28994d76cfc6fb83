import type { Channel } from 'amqplib';

/**
 * How topics, groups and partitions lie in RabbitMQ:
 *
 *     orders (fanout) ─→ orders.analytics (direct) ─0→ orders.analytics.0 (quorum queue, single active consumer)
 *                    │                             └1→ orders.analytics.1
 *                    └─→ orders.notifications (direct) ─0→ …
 *     orders.analytics.dead (fanout) ─→ orders.analytics.dead (quorum queue)
 *     orders.analytics.members (always empty, auto-delete: see countConsumers)
 *
 * Everything is durable, and declared again by whoever needs it after each connect, so an emptied broker fills up by
 * itself. Only groups declare their queues: what a group is not there to receive it fetches from the feed.
 */
export interface GroupTopology {
  readonly topic: string;
  readonly group: string;
}

/**
 * How often the broker hands a message out before it sets it aside. Every closed channel counts for all that was not
 * acknowledged on it, and a handler that keeps rejecting is asked again every 5 s at the most: high enough for an
 * outage of many minutes, low enough to end the crash loop of a message that kills whoever reads it.
 */
const deliveryLimit = 200;

/** Declares what a publisher needs. */
export async function declareTopic(channel: Channel, topic: string): Promise<void> {
  await channel.assertExchange(topic, 'fanout', { durable: true });
}

/** Declares one partition of a group, with all that lies before and behind it; returns the name of its queue. */
export async function declareGroupPartition(
  channel: Channel,
  { topic, group }: GroupTopology,
  partition: number,
): Promise<string> {
  const exchange = `${topic}.${group}`;
  const deadLetters = `${exchange}.dead`;
  const queue = `${exchange}.${partition}`;

  await channel.assertExchange(deadLetters, 'fanout', { durable: true });
  await channel.assertQueue(deadLetters, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(deadLetters, deadLetters, '');

  await channel.assertQueue(queue, {
    durable: true,
    deadLetterExchange: deadLetters,
    // a dead letter leaves the queue only when the other one has it, which needs this overflow behaviour declared
    overflow: 'reject-publish',
    arguments: {
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      'x-delivery-limit': deliveryLimit,
      'x-dead-letter-strategy': 'at-least-once',
    },
  });
  await channel.assertExchange(exchange, 'direct', { durable: true });
  await channel.bindQueue(queue, exchange, String(partition));
  await declareTopic(channel, topic);
  await channel.bindExchange(exchange, topic, '');
  return queue;
}

/** Adds one to what `countConsumers` returns, for as long as the channel lives. */
export async function joinMembers(channel: Channel, target: GroupTopology): Promise<void> {
  const queue = membersQueue(target);
  await channel.assertQueue(queue, { autoDelete: true, arguments: { 'x-queue-type': 'classic' } });
  await channel.consume(queue, () => undefined);
}

/**
 * How many consumers the group has, of all its members and in all its partitions. A quorum queue cannot tell: with a
 * single active consumer it counts that one only. So they meet at a queue that is there to be counted at.
 */
export async function countConsumers(channel: Channel, target: GroupTopology): Promise<number> {
  return (await channel.checkQueue(membersQueue(target))).consumerCount;
}

function membersQueue({ topic, group }: GroupTopology): string {
  return `${topic}.${group}.members`;
}

import { AppError } from '@fanfare/core';
import type { Channel, Options } from 'amqplib';

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

/** How AMQP says that something of this name is there and has other properties. */
const preconditionFailed = 406;
const whatToDo =
  'delete it; it is declared anew, and groups fetch what they miss from the feed (docs/runbook.md, GapsInEvents)';

/**
 * A queue whose registration was not on the disk yet when the broker was killed comes back without a leader: it is
 * declared, and nobody can subscribe to it or publish to an exchange before it (rabbitmq-server issues 10070 and 15725).
 * It is not deleted from here: it may hold what foreign producers sent, and nobody else has that.
 */
const electLeader = 'have it elect a leader (docs/runbook.md, OutboxStuck)';

/** Declares what a bus needs at the broker, and knows what of it is unusable. */
export interface Topology {
  /** Declares what a publisher needs. */
  declareTopic(channel: Channel, topic: string): Promise<void>;
  /** Declares one partition of a group, with all that lies before and behind it; returns the name of its queue. */
  declareGroupPartition(channel: Channel, target: GroupTopology, partition: number): Promise<string>;
  /** Adds one to what `countConsumers` returns, for as long as the channel lives. */
  joinMembers(channel: Channel, target: GroupTopology): Promise<void>;
  /**
   * Waits until the broker has answered who subscribes to the queue. When that fails before the channel has `ended`, the
   * queue is noted as one that does not answer, until it does, and the error is an `unavailable` that says so.
   */
  untilAnswered(queue: string, subscribed: Promise<unknown>, ended: AbortSignal): Promise<void>;
  /** Throws `unavailable`, saying what to do, while something at the broker cannot be used as it is. */
  assertUsable(): void;
}

/** One for each bus: what it remembers is what its health shows. */
export function createTopology(): Topology {
  const unusable = new Map<string, AppError>();

  function note(what: string, message: string, cause: unknown): AppError {
    const error = new AppError('unavailable', message, { cause });
    unusable.set(what, error);
    return error;
  }

  /** What an earlier version, or somebody else, has declared otherwise stays so, and closes each channel that says different. */
  async function declare(what: string, declaration: Promise<unknown>): Promise<void> {
    try {
      await declaration;
      unusable.delete(what);
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== preconditionFailed) throw error;
      throw note(what, `RabbitMQ has the ${what} with other properties: ${whatToDo}`, error);
    }
  }

  const declareExchange = (channel: Channel, name: string, type: 'fanout' | 'direct') =>
    declare(`exchange ${name}`, channel.assertExchange(name, type, { durable: true }));
  const declareQueue = (channel: Channel, name: string, options: Options.AssertQueue) =>
    declare(`queue ${name}`, channel.assertQueue(name, options));
  const declareTopic = (channel: Channel, topic: string) => declareExchange(channel, topic, 'fanout');

  return {
    declareTopic,
    async declareGroupPartition(channel, { topic, group }, partition) {
      const exchange = `${topic}.${group}`;
      const deadLetters = `${exchange}.dead`;
      const queue = `${exchange}.${partition}`;

      await declareExchange(channel, deadLetters, 'fanout');
      await declareQueue(channel, deadLetters, {
        durable: true,
        arguments: { 'x-queue-type': 'quorum' },
      });
      await channel.bindQueue(deadLetters, deadLetters, '');

      await declareQueue(channel, queue, {
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
      await declareExchange(channel, exchange, 'direct');
      await channel.bindQueue(queue, exchange, String(partition));
      await declareTopic(channel, topic);
      await channel.bindExchange(exchange, topic, '');
      return queue;
    },
    async joinMembers(channel, target) {
      const queue = membersQueue(target);
      await declareQueue(channel, queue, { autoDelete: true, arguments: { 'x-queue-type': 'classic' } });
      await channel.consume(queue, () => undefined);
    },
    async untilAnswered(queue, subscribed, ended) {
      const what = `subscription to ${queue}`;
      try {
        await subscribed;
        unusable.delete(what);
      } catch (error) {
        if (ended.aborted) throw error;
        throw note(what, `RabbitMQ does not answer for the queue ${queue}: ${electLeader}`, error);
      }
    },
    assertUsable() {
      for (const error of unusable.values()) throw error;
    },
  };
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

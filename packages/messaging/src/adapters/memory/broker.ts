import type { Clock } from '@fanfare/core';
import type { DeliveryHandler, Message, SubscribeOptions, Subscription } from '../../bus/message-bus';
import { copyOf, createPartitionQueue, type PartitionQueue, type QueueLimits } from './partition-queue';

/** The broker of one process: topics, groups and their queues. Memory buses that share it reach each other. */
export interface MemoryBroker {
  /** Puts a copy of each message into every group's queue; returns how many messages no group was there for. */
  publish(topic: string, messages: readonly Message[]): number;
  subscribe(options: SubscribeOptions, handle: DeliveryHandler): Subscription;
}

export interface MemoryBrokerOptions {
  readonly clock: Clock;
  /** How much a group may leave untaken in a partition. */
  readonly limits?: QueueLimits;
}

type GroupQueues = Map<number, PartitionQueue>;

const defaultPrefetch = 64;
const defaultLimits: QueueLimits = { maxMessages: 10_000, maxBytes: 64 * 1024 * 1024 };

/**
 * Makes a broker that lives as long as the process.
 *
 * Its queues are bounded, so that a group that stands still cannot fill the memory: a partition whose queue is full
 * drops new messages for that group alone. Nothing is lost by it: the group sees the gap in the sequence, or that it
 * is behind the owner's head, and fetches what is missing from the feed.
 */
export function createMemoryBroker({ clock, limits = defaultLimits }: MemoryBrokerOptions): MemoryBroker {
  const topics = new Map<string, Map<string, GroupQueues>>();

  function groupsOf(topic: string): Map<string, GroupQueues> {
    const groups = topics.get(topic) ?? new Map<string, GroupQueues>();
    topics.set(topic, groups);
    return groups;
  }

  function queuesOf({ topic, group, partitions }: SubscribeOptions): readonly PartitionQueue[] {
    const groups = groupsOf(topic);
    const queues = groups.get(group) ?? new Map<number, PartitionQueue>();
    groups.set(group, queues);
    return Array.from({ length: partitions }, (_, partition) => {
      const queue = queues.get(partition) ?? createPartitionQueue({ partition, clock, limits });
      queues.set(partition, queue);
      return queue;
    });
  }

  return {
    publish(topic, messages) {
      const groups = [...groupsOf(topic).values()];
      let unrouted = 0;
      for (const message of messages.map(copyOf)) {
        const queues = groups
          .map((group) => group.get(message.partition))
          .filter((queue) => queue !== undefined);
        if (queues.length === 0) unrouted += 1;
        for (const queue of queues) queue.offer(message);
      }
      return unrouted;
    },

    subscribe(options, handle) {
      const stop = new AbortController();
      const member = { handle, prefetch: options.prefetch ?? defaultPrefetch, signal: stop.signal };
      const queues = queuesOf(options);
      for (const queue of queues) queue.join(member);

      async function leave(): Promise<void> {
        stop.abort();
        await Promise.all(queues.map((queue) => queue.leave(member)));
      }

      let leaving: Promise<void> | undefined;
      return { close: () => (leaving ??= leave()) };
    },
  };
}

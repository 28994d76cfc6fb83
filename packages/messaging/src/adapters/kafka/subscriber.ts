import type { Clock } from '@fanfare/core';
import type { DeliveryHandler, SubscribeOptions, Subscription } from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { beMember, consumerGroupOf } from './member';
import { toDelivery } from './wire';

export interface SubscriberOptions {
  readonly url: string;
  readonly name: string;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
}

const defaultPrefetch = 64;

/**
 * Joins a group with one member for each partition, because kafkajs fetches nothing for a member while it handles what
 * it has: a partition whose handler fails or waits would hold up the others.
 *
 * kafkajs deals partitions out in the order of the members' ids, which begin with the clients' names. Numbers in front
 * let every process have a first partition before any has a second.
 */
export function startSubscription(
  { name, ...connection }: SubscriberOptions,
  { prefetch = defaultPrefetch, group, ...target }: SubscribeOptions,
  handle: DeliveryHandler,
): Subscription {
  const stop = new AbortController();
  const shared = {
    ...connection,
    ...target,
    groupId: consumerGroupOf(target.topic, group),
    read: toDelivery,
  };
  const members = Array.from({ length: target.partitions }, (_, index) =>
    beMember({ ...shared, name: `${index}-${name}`, prefetch, handle, signal: stop.signal }),
  );
  return {
    async close() {
      stop.abort();
      await Promise.all(members);
    },
  };
}

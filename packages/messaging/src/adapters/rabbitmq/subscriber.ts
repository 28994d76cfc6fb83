import type { Clock } from '@fanfare/core';
import type { DeliveryHandler, SubscribeOptions, Subscription } from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import type { AmqpConnection } from './connection';
import { createFairShare } from './fair-share';
import { consumePartition } from './partition-consumer';
import type { Topology } from './topology';

export interface SubscriberOptions {
  readonly connection: AmqpConnection;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
  readonly topology: Topology;
}

const defaultPrefetch = 64;

/**
 * Starts a member of a group: one consumer for each partition, so that a partition whose handler fails or waits holds
 * nothing up but itself.
 */
export function startSubscription(
  { connection, clock, observer, topology }: SubscriberOptions,
  { topic, group, partitions, prefetch = defaultPrefetch }: SubscribeOptions,
  handle: DeliveryHandler,
): Subscription {
  const stop = new AbortController();
  const member = {
    connection,
    clock,
    observer,
    topology,
    prefetch,
    handle,
    target: { topic, group },
    share: createFairShare(partitions, clock),
    signal: stop.signal,
  };
  const consumers = Array.from({ length: partitions }, (_, partition) =>
    consumePartition({ ...member, partition }),
  );
  return {
    async close() {
      stop.abort();
      await Promise.all(consumers);
    },
  };
}

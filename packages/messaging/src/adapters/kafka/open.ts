import type { Clock } from '@fanfare/core';
import type { MessageBus } from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { assembleBus } from '../assemble-bus';
import { pingKafka } from './ping';
import { createSender } from './sender';
import { startSubscription } from './subscriber';
import { toRecord } from './wire';

export interface KafkaBusOptions {
  /** How the broker's logs and lists of members call the connections. */
  readonly name: string;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
}

/**
 * A bus on Kafka 2.4 or later. A topic is a topic, its partitions are Kafka's, a group is the consumer group
 * `<topic>.<group>`. A new group begins with the oldest message that Kafka still has.
 */
export function openKafkaBus(url: string, { name, clock, observer }: KafkaBusOptions): MessageBus {
  const sender = createSender({ url, name, clock });
  return assembleBus({
    publish: ({ topic, partitions }, messages) => sender.send({ topic, partitions }, messages.map(toRecord)),
    subscribe: (options, handle) => startSubscription({ url, name, clock, observer }, options, handle),
    ping: () => pingKafka({ url, name, clock }),
    async close(unsubscribed) {
      await Promise.all([unsubscribed, sender.close()]);
    },
  });
}

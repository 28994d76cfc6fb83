import { AppError, type Clock } from '@fanfare/core';
import type { MessageBus, Subscription } from '../../message-bus';
import { assertBusName } from '../../message-bus-names';
import type { MessageBusObserver } from '../../message-bus-observer';
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
  const subscriptions = new Set<Subscription>();
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing) throw new AppError('unavailable', 'the message bus is closed');
  }

  async function closeAll(): Promise<void> {
    await Promise.all([sender, ...subscriptions].map((each) => each.close()));
  }

  return {
    async publish({ topic, partitions }, messages) {
      assertBusName('topic', topic);
      assertOpen();
      await sender.send({ topic, partitions }, messages.map(toRecord));
    },

    async subscribe(options, handle) {
      assertBusName('topic', options.topic);
      assertBusName('group', options.group);
      assertOpen();
      const subscription = startSubscription({ url, name, clock, observer }, options, handle);
      subscriptions.add(subscription);
      return {
        async close() {
          await subscription.close();
          subscriptions.delete(subscription);
        },
      };
    },

    async ping() {
      assertOpen();
      await pingKafka({ url, name, clock });
    },

    close: () => (closing ??= closeAll()),
  };
}

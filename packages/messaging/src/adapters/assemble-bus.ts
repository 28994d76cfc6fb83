import { AppError } from '@fanfare/core';
import type { MessageBus, Subscription, SubscribeOptions, DeliveryHandler } from '../bus/message-bus';
import { assertBusName } from '../bus/message-bus-names';

/** What differs from broker to broker. Names are checked before it is called, and nothing is asked of it once closed. */
export interface BusDriver {
  readonly publish: MessageBus['publish'];
  /** Begins at once, whether the broker can be reached or not. */
  readonly subscribe: (options: SubscribeOptions, handle: DeliveryHandler) => Subscription;
  readonly ping: () => Promise<void>;
  /** Called once; `unsubscribed` resolves when all subscriptions have closed. */
  readonly close: (unsubscribed: Promise<void>) => Promise<void>;
}

/** Makes a message bus of a driver: keeps its names, its subscriptions and its end. */
export function assembleBus(driver: BusDriver): MessageBus {
  const subscriptions = new Set<Subscription>();
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing) throw new AppError('unavailable', 'the message bus is closed');
  }

  async function unsubscribeAll(): Promise<void> {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
  }

  return {
    async publish(options, messages) {
      assertBusName('topic', options.topic);
      assertOpen();
      await driver.publish(options, messages);
    },
    async subscribe(options, handle) {
      assertBusName('topic', options.topic);
      assertBusName('group', options.group);
      assertOpen();
      const subscription = driver.subscribe(options, handle);
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
      await driver.ping();
    },
    close: () => (closing ??= driver.close(unsubscribeAll())),
  };
}

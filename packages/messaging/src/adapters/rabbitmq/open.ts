import { AppError, type Clock } from '@fanfare/core';
import type { MessageBus, Subscription } from '../../message-bus';
import { assertBusName } from '../../message-bus-names';
import type { MessageBusObserver } from '../../message-bus-observer';
import { keepConnected } from './connection';
import { createPublisher } from './publisher';
import { startSubscription } from './subscriber';
import { within } from '../within';

export interface RabbitMqBusOptions {
  /** Begins the connections' names in the broker's list. */
  readonly name: string;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
}

const pingTimeoutMs = 1_800;
/** How long closing waits for confirms; after that they are refused by the connection's end. */
const lastPublishesMs = 4_000;

/**
 * A bus on RabbitMQ 3.10 or later. Publishing and consuming have a connection each: a broker that is short of memory
 * stops reading from who publishes, and acknowledgements must still get through then.
 */
export function openRabbitMqBus(url: string, { name, clock, observer }: RabbitMqBusOptions): MessageBus {
  const publishing = keepConnected({ url, name: `${name} publish`, clock, observer });
  const consuming = keepConnected({ url, name: `${name} consume`, clock, observer });
  const publish = createPublisher({ connection: publishing, clock, observer });
  const subscriptions = new Set<Subscription>();
  const publishes = new Set<Promise<void>>();
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing) throw new AppError('unavailable', 'the message bus is closed');
  }

  async function closeAll(): Promise<void> {
    await Promise.all([
      ...[...subscriptions].map((subscription) => subscription.close()),
      publishesSettled(),
    ]);
    await Promise.all([publishing.close(), consuming.close()]);
  }

  async function publishesSettled(): Promise<void> {
    const patience = { clock, ms: lastPublishesMs, what: 'the last messages' };
    await within(patience, () => Promise.allSettled(publishes)).catch(() => undefined);
  }

  return {
    async publish({ topic }, messages) {
      assertBusName('topic', topic);
      assertOpen();
      const confirmed = publish(topic, messages);
      publishes.add(confirmed);
      try {
        await confirmed;
      } finally {
        publishes.delete(confirmed);
      }
    },

    async subscribe(options, handle) {
      assertBusName('topic', options.topic);
      assertBusName('group', options.group);
      assertOpen();
      const subscription = startSubscription({ connection: consuming, clock, observer }, options, handle);
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
      await within({ clock, ms: pingTimeoutMs, what: 'a round trip' }, (signal) =>
        Promise.all([publishing.check(signal), consuming.check(signal)]),
      );
    },

    close: () => (closing ??= closeAll()),
  };
}

import type { Clock } from '@fanfare/core';
import type { MessageBus } from '../../message-bus';
import type { MessageBusObserver } from '../../message-bus-observer';
import { assembleBus } from '../assemble-bus';
import { within } from '../within';
import { keepConnected } from './connection';
import { createPublisher } from './publisher';
import { startSubscription } from './subscriber';

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
  const publishes = new Set<Promise<void>>();

  async function publishesSettled(): Promise<void> {
    const patience = { clock, ms: lastPublishesMs, what: 'the last messages' };
    await within(patience, () => Promise.allSettled(publishes)).catch(() => undefined);
  }

  return assembleBus({
    async publish({ topic }, messages) {
      const confirmed = publish(topic, messages);
      publishes.add(confirmed);
      try {
        await confirmed;
      } finally {
        publishes.delete(confirmed);
      }
    },
    subscribe: (options, handle) =>
      startSubscription({ connection: consuming, clock, observer }, options, handle),
    async ping() {
      await within({ clock, ms: pingTimeoutMs, what: 'a round trip' }, (signal) =>
        Promise.all([publishing.check(signal), consuming.check(signal)]),
      );
    },
    async close(unsubscribed) {
      await Promise.all([unsubscribed, publishesSettled()]);
      await Promise.all([publishing.close(), consuming.close()]);
    },
  });
}

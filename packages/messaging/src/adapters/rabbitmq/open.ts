import type { Clock } from '@fanfare/core';
import type { MessageBus } from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { assembleBus } from '../assemble-bus';
import { within } from '../within';
import { keepConnected } from './connection';
import { createPublisher } from './publisher';
import { createPublishesUnderWay } from './publishes-under-way';
import { startSubscription } from './subscriber';
import { createTopology } from './topology';

export interface RabbitMqBusOptions {
  /** Begins the connections' names in the broker's list. */
  readonly name: string;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
}

const pingTimeoutMs = 1_800;

/**
 * A bus on RabbitMQ 3.10 or later. Publishing and consuming have a connection each: a broker that is short of memory
 * stops reading from who publishes, and acknowledgements must still get through then.
 */
export function openRabbitMqBus(url: string, { name, clock, observer }: RabbitMqBusOptions): MessageBus {
  const publishing = keepConnected({ url, name: `${name} publish`, clock, observer });
  const consuming = keepConnected({ url, name: `${name} consume`, clock, observer });
  const topology = createTopology();
  const publish = createPublisher({ connection: publishing, clock, observer, topology });
  const publishes = createPublishesUnderWay(clock);

  return assembleBus({
    publish: ({ topic }, messages) => publishes.add(publish(topic, messages)),
    subscribe: (options, handle) =>
      startSubscription({ connection: consuming, clock, observer, topology }, options, handle),
    async ping() {
      await within({ clock, ms: pingTimeoutMs, what: 'a round trip' }, (signal) =>
        Promise.all([publishing.check(signal), consuming.check(signal)]),
      );
      topology.assertUsable();
    },
    async close(unsubscribed) {
      await Promise.all([unsubscribed, publishes.settled()]);
      await Promise.all([publishing.close(), consuming.close()]);
    },
  });
}

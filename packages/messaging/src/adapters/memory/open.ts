import { setImmediate as nextTick } from 'node:timers/promises';
import type { MessageBus } from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { assembleBus } from '../assemble-bus';
import type { MemoryBroker } from './broker';

export interface MemoryBusOptions {
  readonly broker: MemoryBroker;
  readonly observer: MessageBusObserver;
}

/** A bus within the process. What it holds ends with the process; groups catch up from the feed after that. */
export function openMemoryBus({ broker, observer }: MemoryBusOptions): MessageBus {
  return assembleBus({
    async publish({ topic }, messages) {
      const unrouted = broker.publish(topic, messages);
      if (unrouted > 0) observer.unrouted?.(topic, unrouted);
      await nextTick();
    },
    subscribe: (options, handle) => broker.subscribe(options, handle),
    ping: () => Promise.resolve(),
    close: (unsubscribed) => unsubscribed,
  });
}

import { setImmediate as nextTick } from 'node:timers/promises';
import { AppError } from '@fanfare/core';
import type { MessageBus, Subscription } from '../../message-bus';
import { assertBusName } from '../../message-bus-names';
import type { MessageBusObserver } from '../../message-bus-observer';
import type { MemoryBroker } from './broker';

export interface MemoryBusOptions {
  readonly broker: MemoryBroker;
  readonly observer: MessageBusObserver;
}

/** A bus within the process. What it holds ends with the process; groups catch up from the feed after that. */
export function openMemoryBus({ broker, observer }: MemoryBusOptions): MessageBus {
  const subscriptions = new Set<Subscription>();
  let isClosed = false;

  function assertOpen(): void {
    if (isClosed) throw new AppError('unavailable', 'the message bus is closed');
  }

  return {
    async publish({ topic }, messages) {
      assertBusName('topic', topic);
      assertOpen();
      const unrouted = broker.publish(topic, messages);
      if (unrouted > 0) observer.unrouted?.(topic, unrouted);
      await nextTick();
    },

    async subscribe(options, handle) {
      assertBusName('topic', options.topic);
      assertBusName('group', options.group);
      assertOpen();
      const subscription = broker.subscribe(options, handle);
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
    },

    async close() {
      isClosed = true;
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    },
  };
}

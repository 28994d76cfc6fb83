import { openDatabase } from '@fanfare/storage';
import type { DeliveryHandler, MessageBus } from '../bus/message-bus';
import { messageOf } from '../testing/consumer/consumer-fixture';
import {
  newId,
  observe,
  orderCreatedEvent,
  prepareDatabase,
  systemClock,
} from '../testing/messaging-fixture';
import { createTopicLog } from '../outbox/topic-log';
import { createConsumer } from './consumer';

describe('a consumer that is set to one partition', () => {
  it('does not acknowledge what it is handed of a second one', async () => {
    const database = await openDatabase('sqlite::memory:');
    await prepareDatabase(database);
    const feed = createTopicLog({ database, clock: systemClock, topic: 'orders' });
    await feed.prepare();
    const handlers: DeliveryHandler[] = [];
    const bus: MessageBus = {
      publish: async () => undefined,
      subscribe: async (_, handle) => {
        handlers.push(handle);
        return { close: async () => undefined };
      },
      ping: async () => undefined,
      close: async () => undefined,
    };
    const stop = new AbortController();
    const handler = { events: [], apply: async () => undefined };
    const options = { database, bus, feed, handler, newId, clock: systemClock, observer: observe() };
    const running = createConsumer({ ...options, topic: 'orders', group: 'analytics' }).run(stop.signal);
    await new Promise((resolve) => setImmediate(resolve));

    const delivery = { ...messageOf([orderCreatedEvent('o-1')], 1), partition: 1 };
    const handled = handlers[0]?.([delivery], stop.signal);

    await expect(handled).rejects.toThrow('analytics is set to 1 partitions of orders, and got 1');
    stop.abort();
    await running;
    await database.close();
  });
});

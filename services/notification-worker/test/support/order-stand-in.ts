import type { CloudEvent } from '@fanfare/contracts';
import { createRelay, createTopicLog, migrateMessaging, openMessageBus } from '@fanfare/messaging';
import type { Resources, Service } from '@fanfare/service-kit';
import { openDatabase } from '@fanfare/storage';

/** Stands in for the order service: owns the topic `orders`, and says what a test tells it to. */
export interface OrderStandIn {
  readonly factory: (resources: Resources) => Promise<Service>;
  /** Commits events to the topic log, from where the relay publishes them. */
  publish(...events: readonly CloudEvent[]): Promise<void>;
}

export function createOrderStandIn({ messageBusUrl = 'memory:' } = {}): OrderStandIn {
  let publish: OrderStandIn['publish'] = () => Promise.reject(new Error('not hosted yet'));
  return {
    publish: (...events) => publish(...events),
    async factory(resources) {
      const { clock, newId, hub, messagingObserver: observer } = resources;
      const database = resources.own(await openDatabase('sqlite::memory:', { clock }));
      const bus = resources.own(await openMessageBus(messageBusUrl, { hub, clock }));
      const topicLog = createTopicLog({ database, clock, topic: 'orders' });
      publish = (...events) =>
        database.transact(async (tx) => {
          topicLog.append(tx, events);
        });
      return {
        name: 'order-service',
        listen: { host: '127.0.0.1', port: 0 },
        routes: [],
        async prepare() {
          await migrateMessaging(database);
          await topicLog.prepare();
        },
        topicLogs: [topicLog],
        consumers: [],
        workers: [createRelay({ database, topicLog, bus, clock, newId, observer })],
        checks: { database, mq: bus },
      };
    },
  };
}

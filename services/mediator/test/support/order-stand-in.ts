import { orderCreated, orderTransitions, type CloudEvent } from '@fanfare/contracts';
import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { createRelay, createTopicLog, migrateMessaging, openMessageBus } from '@fanfare/messaging';
import type { ServiceFactory } from '@fanfare/service-kit';
import { openDatabase } from '@fanfare/storage';

const newId = createIdGenerator(createSystemClock());
const time = new Date('2026-03-02T09:15:00.000Z');

/** Stands in for order-service: owns the topic `orders`, and says what a test tells it to. */
export interface OrderStandIn {
  readonly factory: ServiceFactory;
  /** Commits events together, so that they also travel together. */
  publish(...events: readonly CloudEvent[]): Promise<void>;
}

export function createOrderStandIn(): OrderStandIn {
  let publish: OrderStandIn['publish'] = () => Promise.reject(new Error('not hosted yet'));
  return {
    publish: (...events) => publish(...events),
    async factory(resources) {
      const { clock, hub, messagingObserver: observer } = resources;
      const database = resources.own(await openDatabase('sqlite::memory:', { clock }));
      const bus = resources.own(await openMessageBus('memory:', { hub, clock }));
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
        workers: [createRelay({ database, topicLog, bus, clock, newId: resources.newId, observer })],
        checks: { database, mq: bus },
      };
    },
  };
}

export const orderData = { customer_id: 'customer-1', product_id: 'product-1', quantity: 2 };

/** `order.created`. */
export function placed(orderId: string): CloudEvent {
  return orderCreated.create({
    ...envelope(orderId),
    data: {
      ...orderData,
      order_id: orderId,
      total_amount: 99.9,
      currency: 'USD',
      status: 'pending',
      created_at: time.toISOString(),
    },
  });
}

/** `order.confirmed` and so on. */
export function changed(
  orderId: string,
  status: keyof typeof orderTransitions,
  { by = 'system', reason }: { readonly by?: string; readonly reason?: string } = {},
): CloudEvent {
  return orderTransitions[status].create({
    ...envelope(orderId),
    data: {
      order_id: orderId,
      old_status: status === 'shipped' ? 'confirmed' : 'pending',
      new_status: status,
      ...(reason !== undefined && { reason }),
      changed_by: by,
      changed_at: time.toISOString(),
    },
  });
}

function envelope(orderId: string) {
  return {
    id: newId(),
    source: '/order-service',
    subject: orderId,
    time,
    correlationid: `request of ${orderId}`,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
}

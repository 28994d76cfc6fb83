import { fulfilmentCancelled, fulfilmentPaid, fulfilmentShipped, type CloudEvent } from '@fanfare/contracts';
import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { createRelay, createTopicLog, migrateMessaging, openMessageBus } from '@fanfare/messaging';
import type { ServiceFactory } from '@fanfare/service-kit';
import { openDatabase } from '@fanfare/storage';

const definitions = { paid: fulfilmentPaid, shipped: fulfilmentShipped, cancelled: fulfilmentCancelled };
const mediator = 'order_fulfilment';
const newId = createIdGenerator(createSystemClock());

/** Stands in for the mediator: owns the topic `mediator`, and says what a test tells it to. */
export interface MediatorStandIn {
  readonly factory: ServiceFactory;
  /** Commits events together, so that they also travel together. */
  publish(...events: readonly CloudEvent[]): Promise<void>;
}

export function createMediatorStandIn(): MediatorStandIn {
  let publish: MediatorStandIn['publish'] = () => Promise.reject(new Error('not hosted yet'));
  return {
    publish: (...events) => publish(...events),
    async factory(resources) {
      const { clock, hub, messagingObserver: observer } = resources;
      const database = resources.own(await openDatabase('sqlite::memory:', { clock }));
      const bus = resources.own(await openMessageBus('memory:', { hub, clock }));
      const topicLog = createTopicLog({ database, clock, topic: 'mediator' });
      publish = (...events) =>
        database.transact(async (tx) => {
          topicLog.append(tx, events);
        });
      return {
        name: 'mediator',
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

/** What the mediator tells of an order's fulfilment. */
export function fulfilmentEvent(
  step: keyof typeof definitions,
  orderId: string,
  more: { readonly id?: string; readonly reason?: string } = {},
): CloudEvent {
  return definitions[step].create({
    id: more.id ?? newId(),
    source: '/mediator',
    subject: mediator,
    time: new Date('2026-03-02T09:15:00.000Z'),
    correlationid: 'request-1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    data: { mediator, order_id: orderId, ...(more.reason !== undefined && { reason: more.reason }) },
  });
}

import { orderCancelled, orderCreated, type CloudEvent } from '@fanfare/contracts';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import {
  createLocalHub,
  createRelay,
  createTopicLog,
  migrateMessaging,
  openMessageBus,
} from '@fanfare/messaging';
import type { Resources, Service } from '@fanfare/service-kit';
import { hostForTest, serviceWith } from '@fanfare/service-kit/testing';
import { openDatabase, type Database } from '@fanfare/storage';
import { hostEventStore, listEvents } from './host-event-store';

const clock = createSystemClock();
const orderId = 'order-1';
const at = new Date('2026-01-02T03:04:05.006Z');
const envelope = {
  source: '/order-service',
  subject: orderId,
  time: at,
  correlationid: 'request-1',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const created = orderCreated.create({
  ...envelope,
  id: 'created-1',
  data: {
    order_id: orderId,
    customer_id: 'customer-1',
    product_id: 'product-1',
    quantity: 2,
    total_amount: 99.99,
    currency: 'USD',
    status: 'pending',
    created_at: at.toISOString(),
  },
});
const cancelled = orderCancelled.create({
  ...envelope,
  id: 'cancelled-1',
  causationid: 'created-1',
  data: {
    order_id: orderId,
    old_status: 'pending',
    new_status: 'cancelled',
    changed_by: 'system',
    changed_at: at.toISOString(),
  },
});

/** Stands in for the order service: owns topic `orders` and says on it what a test wants. */
function createProducer() {
  let database!: Database;
  let commit!: (events: readonly CloudEvent[]) => Promise<void>;
  return {
    commit: (...events: readonly CloudEvent[]) => commit(events),
    async create({ newId, hub, own, messagingObserver: observer }: Resources): Promise<Service> {
      database = own(await openDatabase('sqlite::memory:'));
      const bus = own(await openMessageBus('memory:', { hub, clock }));
      const topicLog = createTopicLog({ database, clock, topic: 'orders' });
      commit = (events) =>
        database.transact(async (tx) => {
          topicLog.append(tx, events);
        });
      return serviceWith({
        async prepare() {
          await migrateMessaging(database);
          await topicLog.prepare();
        },
        topicLogs: [topicLog],
        workers: [createRelay({ database, topicLog, bus, clock, newId, observer })],
        checks: { database },
      });
    },
  };
}

describe('recording the bus', () => {
  it('makes aggregates of orders, with the ids that their events came with, and balances in the ledger', async () => {
    const hub = createLocalHub({ clock });
    const producer = createProducer();
    await using owner = await hostForTest((resources) => producer.create(resources), { hub, clock });
    expect(owner.url).not.toBe('');
    await producer.commit(created);
    await using service = await hostEventStore({ RECORD_TOPICS: 'orders' }, { hub, clock });
    await producer.commit(cancelled);

    await eventually(async () => {
      const { events } = await listEvents(service, '/events/aggregate/order-1');
      expect(events).toMatchObject([
        { id: 'created-1', type: 'order.created', version: 0, correlation_id: 'request-1' },
        { id: 'cancelled-1', type: 'order.cancelled', version: 1, causation_id: 'created-1' },
      ]);
    });
    expect(await service.get('/aggregates/order-1')).toMatchObject({
      status: 200,
      body: {
        type: 'order',
        version: 1,
        state: { user_id: 'customer-1', total_amount: 99.99, status: 'cancelled' },
      },
    });
    const { body } = await service.request('/ledger');
    expect(body).toMatchObject({
      balanced: true,
      groups: [{ group: 'event-store', topic: 'orders', head: 2, applied: 2, in_flight: 0, missing: [] }],
    });
  });

  it('takes in as erased what was on its way when a customer or an order was erased', async () => {
    const hub = createLocalHub({ clock });
    const producer = createProducer();
    await using owner = await hostForTest((resources) => producer.create(resources), { hub, clock });
    expect(owner.url).not.toBe('');
    await using service = await hostEventStore({ RECORD_TOPICS: 'orders' }, { hub, clock });
    const order = (id: string, customer_id: string, time = at.toISOString()) => ({
      ...created,
      id: `created-${id}`,
      subject: id,
      time,
      data: { ...created.data, order_id: id, customer_id },
    });
    for (const subject of ['c-1', 'o-2']) await service.post('/event-store/erase', { subject });

    await producer.commit(
      ...[order('o-1', 'c-1'), order('o-2', 'c-2'), order('o-3', 'c-3')],
      order('o-4', 'c-1', '2100-01-01T00:00:00.000Z'),
    );

    await eventually(async () => {
      const { events } = await listEvents(service, '/events/type/order.created');
      expect(events).toMatchObject([
        { id: 'created-o-1', erased: true },
        { id: 'created-o-2', erased: true },
        { id: 'created-o-3', data: { customer_id: 'c-3' } },
        { id: 'created-o-4', data: { customer_id: 'c-1' } },
      ]);
    });
    expect((await service.get('/event-store/verify')).body).toMatchObject({ valid: true, erased: 2 });
    expect((await service.get('/aggregates/o-1')).body).toMatchObject({ state: null });
  });

  it('needs no bus when nothing is to be recorded', async () => {
    await using service = await hostEventStore({ RECORD_TOPICS: ' ' });
    const { body } = await service.request('/health');

    expect(body).not.toHaveProperty('checks.mq');
  });
});

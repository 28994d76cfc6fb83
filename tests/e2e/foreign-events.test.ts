import { randomUUID } from 'node:crypto';
import { eventually } from '@fanfare/core/testing';
import { readTotals } from './support/analytics';
import { dropLetter, readLetter, watchLetters } from './support/dead-letters';
import { untilOrdersFlow } from './support/flow';
import {
  describeOnBroker,
  foreignCancellation,
  openForeignProducer,
  type ForeignProducer,
} from './support/foreign-producer';
import { send } from './support/http';
import { readNotifications, untilNotified } from './support/notifications';
import { cancelOrder } from './support/orders';
import { expectProblem } from './support/problem';
import { analyticsUrl } from './support/system';
import { watchTopic } from './support/topics';

const cancelled = { orders: 1, cancelled_orders: 1, quantity: 0, revenue: 0 };

/** Afterwards the order service says again what a foreign cancellation made analytics count. */
async function makeItTrue(orderId: string): Promise<void> {
  await cancelOrder(orderId);
  await untilNotified(orderId, ['order.created', 'order.cancelled', 'order.cancelled']);
}

describeOnBroker('an event that someone else puts on topic orders', () => {
  let producer: ForeignProducer;

  beforeAll(async () => {
    producer = await openForeignProducer();
  });
  afterAll(() => producer.close());

  it('takes effect once in each group, however often it comes', async () => {
    const order = await untilOrdersFlow();
    const event = foreignCancellation(order.id);

    for (let time = 0; time < 3; time += 1) await producer.publishJson(event);

    const notifications = await untilNotified(order.id, ['order.created', 'order.cancelled']);
    expect(notifications.map(({ event_id }) => event_id)).toContain(event.id);
    await untilOrdersFlow();
    await untilNotified(order.id, ['order.created', 'order.cancelled']);
    expect(await readTotals('customers', order.customer_id)).toEqual(cancelled);

    await makeItTrue(order.id);
    expect(await readTotals('customers', order.customer_id)).toEqual(cancelled);
  });

  it('has no effect when it repeats one of the order service', async () => {
    const orders = await watchTopic();
    const order = await untilOrdersFlow();
    const [event] = await orders.eventsOf(order.id);

    for (let time = 0; time < 3; time += 1) await producer.publishJson(event);

    await untilOrdersFlow();
    await untilNotified(order.id, ['order.created']);
    expect(await readTotals('customers', order.customer_id)).toMatchObject({ orders: 1, revenue: 99.99 });
  });

  it('is applied when it is 1 MiB long', async () => {
    const order = await untilOrdersFlow();
    const event = foreignCancellation(order.id, { ballast: 'x'.repeat(1024 * 1024) });

    await producer.publishJson(event);

    await untilNotified(order.id, ['order.created', 'order.cancelled']);
    await eventually(async () => {
      expect(await readTotals('customers', order.customer_id)).toEqual(cancelled);
    });
    await makeItTrue(order.id);
  });

  it('waits parked, and is tried again, while nobody has placed its order; then it is given up', async () => {
    const unknownOrder = randomUUID();
    const event = foreignCancellation(unknownOrder);
    const analytics = await watchLetters(analyticsUrl);

    await producer.publishJson(event);

    const parked = await analytics.find(({ event_id }) => event_id === event.id);
    expect(parked).toMatchObject({ state: 'parked', key: unknownOrder, event_type: event.type, event });
    expectProblem(await send(`${analyticsUrl}/dead-letters/${parked.id}`, { method: 'DELETE' }), 409);
    await eventually(async () => {
      expect((await readLetter(analyticsUrl, parked.id))?.attempts).toBeGreaterThan(1);
    });
    await untilOrdersFlow();
    const dead = await analytics.find(({ id, state }) => id === parked.id && state === 'dead', {
      timeoutMs: 120_000,
      everyMs: 500,
    });
    expect(dead.next_attempt_at).toBeNull();
    expect(dead.reason).toContain(unknownOrder);
    await dropLetter(analyticsUrl, dead.id);
    // to tell a customer nothing need be known of the order
    expect((await readNotifications(unknownOrder)).length).toBeGreaterThan(0);
  }, 150_000);
});

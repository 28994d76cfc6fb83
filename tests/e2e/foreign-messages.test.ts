import { randomUUID } from 'node:crypto';
import { eventually } from '@fanfare/core/testing';
import { readTotals } from './support/analytics';
import { dropLetter, readLetter, watchLetters } from './support/dead-letters';
import {
  describeOnBroker,
  foreignCancellation,
  openForeignProducer,
  type ForeignProducer,
} from './support/foreign-producer';
import { send } from './support/http';
import { readNotifications, untilNotified } from './support/notifications';
import { cancelOrder, placeOrder } from './support/orders';
import { expectProblem } from './support/problem';
import { analyticsUrl, groups, notificationUrl } from './support/system';
import { watchTopic } from './support/topics';

const marker = randomUUID();
const broken = (changes: Readonly<Record<string, unknown>>) =>
  JSON.stringify(foreignCancellation(`order-${marker}`, changes));

/** What nobody could apply, and what is said about it. */
const unusable: readonly (readonly [what: string, body: string | Buffer, reason: RegExp])[] = [
  ['text that is not JSON', `no JSON ${marker}`, /not JSON/],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, ...Buffer.from(marker)]), /not JSON/],
  ['no bytes at all', '', /not JSON/],
  ['an empty object', '{}', /not a valid event.*specversion.*id.*source.*type/],
  [
    'JSON that is no CloudEvent',
    JSON.stringify({ event_type: 'OrderCreated', order_id: marker }),
    /not a valid event/,
  ],
  [
    'an event of a type that nobody knows',
    broken({ type: 'com.example.tea.spilled.v1' }),
    /unknown event type/,
  ],
  ['an event without an id', broken({ id: undefined }), /id: /],
  ['an event of another version of the specification', broken({ specversion: '0.3' }), /specversion: /],
  ['an event without data', broken({ data: undefined }), /not a valid event/],
  ['an event whose data breaks its schema', broken({ data: { order_id: 7 } }), /not a valid event/],
  ['1 MiB of what is not JSON', Buffer.alloc(1024 * 1024, marker), /not JSON/],
  ['an event of 1 MiB that nobody can use', broken({ data: 'x'.repeat(1024 * 1024) }), /not a valid event/],
];

describeOnBroker('a message that someone else puts on topic orders', () => {
  let producer: ForeignProducer;

  beforeAll(async () => {
    producer = await openForeignProducer();
  });
  afterAll(() => producer.close());

  it.each(unusable)(
    'is a dead letter of each group, with bytes and reason, when it is %s',
    async (_, body, reason) => {
      const bytes = Buffer.from(body);
      const watches = await Promise.all(groups.map(([, url]) => watchLetters(url)));

      await producer.publish(bytes);

      for (const [index, [group, url]] of groups.entries()) {
        const letter = await watches[index]?.find(({ event, body_base64 }) =>
          body_base64 === undefined
            ? JSON.stringify(event) === bytes.toString()
            : bytes.equals(Buffer.from(body_base64, 'base64')),
        );
        expect(letter).toMatchObject({
          group,
          topic: 'orders',
          state: 'dead',
          attempts: 1,
          next_attempt_at: null,
        });
        expect(letter?.reason).toMatch(reason);
        await dropLetter(url, letter?.id ?? '');
      }
    },
  );

  it('does not hold up orders that come after it', async () => {
    const watches = await Promise.all(groups.map(([, url]) => watchLetters(url)));
    const body = `in the way ${randomUUID()}`;
    for (let message = 0; message < 20; message += 1) await producer.publish(`${body} ${message}`);

    const order = await placeOrder();

    await untilNotified(order.id, ['order.created']);
    await eventually(async () => {
      expect(await readTotals('customers', order.customer_id)).toMatchObject({ orders: 1 });
    });
    for (const [index, [, url]] of groups.entries()) {
      for (let message = 0; message < 20; message += 1) {
        const wanted = Buffer.from(`${body} ${message}`).toString('base64');
        const letter = await watches[index]?.find(({ body_base64 }) => body_base64 === wanted);
        await dropLetter(url, letter?.id ?? '');
      }
    }
  });

  it('is applied once, however often the same event comes', async () => {
    const order = await placeOrder();
    await untilNotified(order.id, ['order.created']);
    const event = foreignCancellation(order.id);

    for (let time = 0; time < 3; time += 1) await producer.publishJson(event);

    const cancelled = { orders: 1, cancelled_orders: 1, quantity: 0, revenue: 0 };
    await eventually(async () => {
      expect(await readTotals('customers', order.customer_id)).toEqual(cancelled);
    });
    const later = await placeOrder();
    await untilNotified(later.id, ['order.created']);
    const notifications = await untilNotified(order.id, ['order.created', 'order.cancelled']);
    expect(notifications.map(({ event_id }) => event_id)).toContain(event.id);
    expect(await readTotals('customers', order.customer_id)).toEqual(cancelled);

    // so that what the order service says and what analytics counts are the same again
    await cancelOrder(order.id);
    await untilNotified(order.id, ['order.created', 'order.cancelled', 'order.cancelled']);
    expect(await readTotals('customers', order.customer_id)).toEqual(cancelled);
  });

  it('has no effect when it repeats an event that came from the order service', async () => {
    const orders = await watchTopic();
    const order = await placeOrder();
    await untilNotified(order.id, ['order.created']);
    const [event] = await orders.eventsOf(order.id);

    for (let time = 0; time < 3; time += 1) await producer.publishJson(event);

    const later = await placeOrder();
    await untilNotified(later.id, ['order.created']);
    await untilNotified(order.id, ['order.created']);
    await eventually(async () => {
      expect(await readTotals('customers', later.customer_id)).toMatchObject({ orders: 1 });
    });
    expect(await readTotals('customers', order.customer_id)).toMatchObject({ orders: 1, revenue: 99.99 });
  });

  it('waits parked, tried again, while it is about an order that nobody placed; then it is given up', async () => {
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

    const order = await placeOrder();
    await eventually(async () => {
      expect(await readTotals('customers', order.customer_id)).toMatchObject({ orders: 1 });
    });
    const dead = await analytics.find(({ id, state }) => id === parked.id && state === 'dead', {
      timeoutMs: 120_000,
      everyMs: 500,
    });
    expect(dead.next_attempt_at).toBeNull();
    expect(dead.reason).toContain(unknownOrder);
    await dropLetter(analyticsUrl, dead.id);
    expect((await readNotifications(unknownOrder)).length).toBeGreaterThan(0);
  }, 150_000);
});

describeOnBroker('an event of 1 MiB that can be used', () => {
  it('is applied by each group', async () => {
    const producer = await openForeignProducer();
    const order = await placeOrder();
    await untilNotified(order.id, ['order.created']);
    const event = foreignCancellation(order.id, { ballast: 'x'.repeat(1024 * 1024) });

    await producer.publishJson(event);
    await producer.close();

    await untilNotified(order.id, ['order.created', 'order.cancelled']);
    await eventually(async () => {
      expect(await readTotals('customers', order.customer_id)).toMatchObject({ cancelled_orders: 1 });
    });
    await cancelOrder(order.id);
    await untilNotified(order.id, ['order.created', 'order.cancelled', 'order.cancelled']);
    expect((await send(`${notificationUrl}/health`)).status).toBe(200);
  });
});

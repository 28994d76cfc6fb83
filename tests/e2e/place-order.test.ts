import { eventually } from '@fanfare/core/testing';
import { readSummary, readTotals } from './support/analytics';
import { send } from './support/http';
import { untilNotified } from './support/notifications';
import { newOrder, orderSchema, placeOrder, postOrder } from './support/orders';
import { orderUrl } from './support/system';
import { watchTopic } from './support/topics';

/** As the guide has it, to the letter. */
const guidesOrder = `{
    "customer_id": "customer-123",
    "product_id": "product-456",
    "quantity": 2,
    "total_amount": 99.99
  }`;

const placeAsInTheGuide = () =>
  send(`${orderUrl}/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: guidesOrder,
  });

describe("the guide's commands", () => {
  it('place an order: 201, its Location, and its fields in the order in which the guide names them', async () => {
    const answer = await placeAsInTheGuide();

    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    const order = orderSchema.parse(answer.body);
    expect(Object.keys(order)).toEqual([
      'id',
      'customer_id',
      'product_id',
      'quantity',
      'total_amount',
      'status',
      'created_at',
      'updated_at',
    ]);
    expect(order).toMatchObject({
      customer_id: 'customer-123',
      product_id: 'product-456',
      quantity: 2,
      total_amount: 99.99,
      status: 'pending',
      updated_at: order.created_at,
    });
    expect(answer.headers.get('location')).toBe(`/orders/${order.id}`);
  });

  it('show the order in the analytics summary soon after', async () => {
    const before = await readSummary();

    const { created_at } = orderSchema.parse((await placeAsInTheGuide()).body);

    await eventually(
      async () => {
        const { total_orders, last_updated } = await readSummary();
        expect(total_orders).toBeGreaterThan(before.total_orders);
        expect(Date.parse(last_updated ?? '')).toBeGreaterThanOrEqual(Date.parse(created_at));
      },
      // a summary is at most a second old, plus the moment that the event takes; the rest is for busy machines
      { timeoutMs: 5_000 },
    );
  });
});

describe('an order that was placed', () => {
  it('is read back equal, byte for byte, at its Location', async () => {
    const placed = await postOrder(newOrder());

    const found = await send(new URL(placed.headers.get('location') ?? '', orderUrl).href);

    expect(found.status).toBe(200);
    expect(found.text).toBe(placed.text);
    expect(found.headers.get('etag')).toBe(placed.headers.get('etag'));
  });

  it('is announced by one event that says the same', async () => {
    const orders = await watchTopic();
    const order = await placeOrder();

    const events = await orders.eventsOf(order.id);

    expect(events).toEqual([
      expect.objectContaining({
        specversion: '1.0',
        type: 'com.fanfare.order.created.v1',
        source: '/order-service',
        subject: order.id,
        time: order.created_at,
        data: {
          order_id: order.id,
          customer_id: order.customer_id,
          product_id: order.product_id,
          quantity: order.quantity,
          total_amount: order.total_amount,
          currency: expect.stringMatching(/^[A-Z]{3}$/) as unknown,
          status: 'pending',
          created_at: order.created_at,
        },
      }),
    ]);
  });

  it('is counted once for its customer and for its product', async () => {
    const order = await placeOrder(newOrder({ quantity: 3, total_amount: 149.99 }));

    const counted = { orders: 1, cancelled_orders: 0, quantity: 3, revenue: 149.99 };
    await eventually(async () => {
      expect(await readTotals('customers', order.customer_id)).toEqual(counted);
      expect(await readTotals('products', order.product_id)).toEqual(counted);
    });
  });

  it('is told to its customer, and the worker records that it was sent', async () => {
    const orders = await watchTopic();
    const order = await placeOrder();

    const notifications = await untilNotified(order.id, ['order.created']);

    const [event] = await orders.eventsOf(order.id);
    for (const { order_id, event_id } of notifications) {
      expect({ order_id, event_id }).toEqual({ order_id: order.id, event_id: event?.id });
    }
  });

  it.each([
    ['the smallest values', { quantity: 1, total_amount: 0.01 }],
    ['the greatest values', { quantity: 1_000_000, total_amount: 99_999_999.99 }],
    ['an amount that no float holds exactly', { total_amount: 1.1 }],
    ['ids of one character', { customer_id: '!', product_id: '~' }],
    ['ids full of quotes and markup', { customer_id: `'";--<b>&\\%00`, product_id: '../{id}?a=b#c' }],
    ['ids of 64 characters', { customer_id: 'c'.repeat(64), product_id: 'p'.repeat(64) }],
  ])('keeps what it was placed with: %s', async (_, values) => {
    const request = newOrder(values);

    const placed = await placeOrder(request);

    expect(placed).toMatchObject(request);
    expect((await send(`${orderUrl}/orders/${placed.id}`)).body).toEqual(placed);
    await untilNotified(placed.id, ['order.created']);
  });
});

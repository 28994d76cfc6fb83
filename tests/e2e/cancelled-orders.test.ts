import { eventually } from '@fanfare/core/testing';
import { readSummary, readTimeseries, readTotals, type Bucket } from './support/analytics';
import { untilNotified } from './support/notifications';
import {
  cancelOrder,
  newOrder,
  orderSchema,
  patchOrder,
  placeOrder,
  placeOrderIn,
  readOrder,
  uniqueId,
} from './support/orders';
import { expectProblem } from './support/problem';
import { watchTopic } from './support/topics';

describe('a cancelled order', () => {
  it('leaves the revenue and the quantity of its customer and its product, and stays among their orders', async () => {
    const customer_id = uniqueId('customer');
    const product_id = uniqueId('product');
    await placeOrder(newOrder({ customer_id, product_id, quantity: 1, total_amount: 0.07 }));
    const cancelled = await placeOrder(
      newOrder({ customer_id, product_id, quantity: 5, total_amount: 1_234.56 }),
    );
    await eventually(async () => {
      expect(await readTotals('customers', customer_id)).toMatchObject({ orders: 2, revenue: 1_234.63 });
    });

    await cancelOrder(cancelled.id);

    const left = { orders: 2, cancelled_orders: 1, quantity: 1, revenue: 0.07 };
    await eventually(async () => {
      expect(await readTotals('customers', customer_id)).toEqual(left);
      expect(await readTotals('products', product_id)).toEqual(left);
    });
  });

  it('leaves as much after it was confirmed', async () => {
    const order = await placeOrderIn('confirmed');

    await patchOrder(order.id, { status: 'cancelled' });

    await eventually(async () => {
      const left = { orders: 1, cancelled_orders: 1, quantity: 0, revenue: 0 };
      expect(await readTotals('customers', order.customer_id)).toEqual(left);
    });
  });

  it('is counted as cancelled in the summary', async () => {
    const before = await readSummary();

    const { id } = await placeOrder();
    await cancelOrder(id);

    await eventually(async () => {
      const after = await readSummary();
      expect(after.cancelled_orders).toBeGreaterThan(before.cancelled_orders);
      expect(after.total_orders).toBeGreaterThan(before.total_orders);
    });
  });

  it.each<Bucket>(['minute', 'hour', 'day'])(
    'is counted as cancelled in the %s it was placed in',
    async (bucket) => {
      const { id, created_at } = await placeOrder();
      const span = { from: new Date(created_at), to: new Date(Date.parse(created_at) + 1) };
      const [before] = await eventually(async () => {
        const points = await readTimeseries(bucket, span);
        expect(points).toHaveLength(1);
        expect(points[0]?.orders).toBeGreaterThan(0);
        return points;
      });

      await cancelOrder(id);

      await eventually(async () => {
        const [after] = await readTimeseries(bucket, span);
        expect(after?.cancelled_orders).toBeGreaterThan(before?.cancelled_orders ?? Infinity);
      });
    },
  );

  it('is told by one event with the reason, and to its customer', async () => {
    const orders = await watchTopic();
    const { id } = await placeOrder();

    const answer = await cancelOrder(id, { reason: 'changed my mind' });

    expect(answer.status).toBe(200);
    expect(orderSchema.parse(answer.body)).toEqual(await readOrder(id));
    expect(await orders.namesOf(id)).toEqual(['order.created', 'order.cancelled']);
    const [, event] = await orders.eventsOf(id);
    expect(event?.data).toMatchObject({ new_status: 'cancelled', reason: 'changed my mind' });
    await untilNotified(id, ['order.created', 'order.cancelled']);
  });

  it('cannot be cancelled again, nor can one that is shipped', async () => {
    const [cancelled, shipped] = [await placeOrderIn('cancelled'), await placeOrderIn('shipped')];

    for (const { id } of [cancelled, shipped]) expectProblem(await cancelOrder(id), 409);
  });
});

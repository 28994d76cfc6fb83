import { eventually } from '@fanfare/core/testing';
import { readTotals } from './analytics';
import { untilNotified } from './notifications';
import { placeOrder, type Order } from './orders';

/** Places an order and waits until each group has dealt with it, and so with everything that came before it. */
export async function untilOrdersFlow(): Promise<Order> {
  const order = await placeOrder();
  await untilNotified(order.id, ['order.created']);
  await eventually(async () => {
    expect(await readTotals('customers', order.customer_id)).toEqual({
      orders: 1,
      cancelled_orders: 0,
      quantity: order.quantity,
      revenue: order.total_amount,
    });
  });
  return order;
}

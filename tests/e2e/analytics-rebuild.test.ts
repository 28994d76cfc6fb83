import { eventually } from '@fanfare/core/testing';
import { z } from 'zod';
import { readTotals } from './support/analytics';
import { read, send } from './support/http';
import { cancelOrder, newOrder, placeOrder, uniqueId } from './support/orders';
import { analyticsUrl } from './support/system';

const rebuild = z.looseObject({
  id: z.string(),
  status: z.enum(['running', 'catching_up', 'completed', 'failed', 'cancelled']),
  processed: z.int(),
  position: z.int(),
  error: z.string().nullable(),
});

describe('counting the orders anew from the event log', () => {
  it('gives, by the event store of the running system, what was counted event by event', async () => {
    const customer_id = uniqueId('customer');
    const order = await placeOrder(newOrder({ customer_id, total_amount: 10 }));
    await placeOrder(newOrder({ customer_id, total_amount: 2.5 }));
    await cancelOrder(order.id);
    const expected = { orders: 2, cancelled_orders: 1, revenue: 2.5 };
    await eventually(async () => {
      expect(await readTotals('customers', customer_id)).toMatchObject(expected);
    });

    const begun = await send(`${analyticsUrl}/analytics/rebuild`, { method: 'POST', body: {} });
    expect(begun).toMatchObject({ status: 202 });
    const location = new URL(begun.headers.get('location') ?? '', analyticsUrl).href;
    await eventually(async () => {
      expect(await read(location, rebuild)).toMatchObject({ status: 'completed', error: null });
    });

    const { processed } = await read(location, rebuild);
    expect(processed).toBeGreaterThanOrEqual(3);
    expect(await readTotals('customers', customer_id)).toMatchObject(expected);
  });
});

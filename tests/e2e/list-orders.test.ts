import { z } from 'zod';
import { atOnce } from './support/at-once';
import { linkToNext, send } from './support/http';
import { listOrders, readOrderPages } from './support/listed';
import { newOrder, orderSchema, placeOrder, uniqueId } from './support/orders';
import { orderUrl } from './support/system';

const placeFor = (customer_id: string) => placeOrder(newOrder({ customer_id }));

describe('the list of orders', () => {
  it('is an empty array, not null, when there is nothing to list', async () => {
    const { status, text } = await send(`${orderUrl}/orders?customer_id=${uniqueId('nobody')}`);

    expect([status, text]).toEqual([200, '[]']);
  });

  it('holds at most ten orders unless asked for more, newest first', async () => {
    await atOnce(11, () => placeOrder());

    const { body } = await send(`${orderUrl}/orders`);

    expect(body).toHaveLength(10);
    const times = z
      .array(orderSchema)
      .parse(body)
      .map(({ created_at }) => created_at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('shows the orders as they were answered, in the reverse order of their placing', async () => {
    const customer_id = uniqueId('customer');
    const placed = [await placeFor(customer_id), await placeFor(customer_id), await placeFor(customer_id)];

    expect(await listOrders({ customer_id })).toEqual(placed.reverse());
  });

  it('walked along its links, shows everything exactly once while others place orders', async () => {
    const customer_id = uniqueId('customer');
    const before = await atOnce(30, () => placeFor(customer_id));

    const seen: string[] = [];
    for await (const page of readOrderPages({ customer_id, limit: '7' })) {
      seen.push(...page.map(({ id }) => id));
      await atOnce(3, () => placeFor(customer_id));
    }

    expect([...seen].sort()).toEqual(before.map(({ id }) => id).sort());
  });

  it('has a link on every page but the last, which keeps the filter and the limit', async () => {
    const customer_id = uniqueId('customer');
    await atOnce(4, () => placeFor(customer_id));
    const url = `${orderUrl}/orders?customer_id=${customer_id}&status=pending&limit=2`;

    const first = await send(url);
    const next = linkToNext(first, url);
    const last = await send(next ?? '');

    expect(Object.fromEntries(new URL(next ?? '').searchParams)).toMatchObject({
      customer_id,
      status: 'pending',
      limit: '2',
    });
    for (const { body } of [first, last]) expect(body).toHaveLength(2);
    expect(linkToNext(last, url)).toBeUndefined();
  });

  it('skips as many of the newest as the offset says', async () => {
    const customer_id = uniqueId('customer');
    await atOnce(5, () => placeFor(customer_id));
    const all = await listOrders({ customer_id });

    const { body } = await send(`${orderUrl}/orders?customer_id=${customer_id}&offset=2&limit=2`);

    expect(body).toEqual(all.slice(2, 4));
  });
});

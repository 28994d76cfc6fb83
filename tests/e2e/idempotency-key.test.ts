import { eventually } from '@fanfare/core/testing';
import { readTotals } from './support/analytics';
import { atOnce } from './support/at-once';
import { listOrders } from './support/listed';
import { untilNotified } from './support/notifications';
import { newOrder, orderSchema, patchOrder, postOrder, uniqueId } from './support/orders';
import { expectProblem } from './support/problem';
import { watchTopic } from './support/topics';

const withKey = (key: string) => ({ 'idempotency-key': key });

describe('an Idempotency-Key', () => {
  it('makes one order of 50 posts at once: stored, announced, counted and told once', async () => {
    const request = newOrder();
    const key = uniqueId('key');
    const orders = await watchTopic();

    const answers = await atOnce(50, () => postOrder(request, withKey(key)));

    const [first] = answers;
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set([`201 ${first?.text}`]),
    );
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') !== 'true')).toHaveLength(1);
    const order = orderSchema.parse(first?.body);
    expect(await listOrders({ customer_id: request.customer_id })).toEqual([order]);
    expect(await orders.namesOf(order.id)).toEqual(['order.created']);
    await untilNotified(order.id, ['order.created']);
    await eventually(async () => {
      expect(await readTotals('customers', request.customer_id)).toMatchObject({ orders: 1, revenue: 99.99 });
    });
  });

  it('gets the first answer again later, also when the order has moved on', async () => {
    const request = newOrder();
    const key = uniqueId('key');
    const first = await postOrder(request, withKey(key));
    const { id } = orderSchema.parse(first.body);
    await patchOrder(id, { status: 'confirmed' });

    const again = await postOrder(request, withKey(key));

    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get('location')).toBe(`/orders/${id}`);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.has('idempotency-replayed')).toBe(false);
  });

  it('is refused with other contents, and no order is placed', async () => {
    const request = newOrder();
    const key = uniqueId('key');
    await postOrder(request, withKey(key));

    const other = await postOrder({ ...request, quantity: 3 }, withKey(key));

    expectProblem(other, 422);
    expect(await listOrders({ customer_id: request.customer_id })).toHaveLength(1);
  });

  it('is not used up by a request that is refused', async () => {
    const request = newOrder();
    const key = uniqueId('key');

    const refused = await postOrder({ ...request, quantity: 0 }, withKey(key));
    const accepted = await postOrder(request, withKey(key));

    expect([refused.status, accepted.status]).toEqual([400, 201]);
  });

  it('is needed to tell two equal orders apart from one that is sent twice', async () => {
    const request = newOrder();

    await postOrder(request);
    await postOrder(request);

    expect(await listOrders({ customer_id: request.customer_id })).toHaveLength(2);
  });
});

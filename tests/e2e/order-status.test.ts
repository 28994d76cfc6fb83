import { atOnce } from './support/at-once';
import { listOrders } from './support/listed';
import { untilNotified } from './support/notifications';
import {
  cancelOrder,
  getOrder,
  orderSchema,
  patchOrder,
  placeOrder,
  placeOrderIn,
  readOrder,
  statuses,
  type Status,
} from './support/orders';
import { expectProblem } from './support/problem';
import { watchTopic } from './support/topics';

const legalMoves: Readonly<Record<Status, readonly Status[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: ['completed'],
  completed: [],
  cancelled: [],
};
const moves = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));

describe('the status of an order', () => {
  it.each(moves.filter(([from, to]) => legalMoves[from].includes(to)))(
    'goes from %s to %s, and one event tells it',
    async (from, to) => {
      const order = await placeOrderIn(from);
      const orders = await watchTopic();

      const answer = await patchOrder(order.id, { status: to, reason: 'as it goes' });

      expect(answer.status).toBe(200);
      const changed = orderSchema.parse(answer.body);
      expect(changed).toEqual({ ...order, status: to, updated_at: changed.updated_at });
      expect(changed.updated_at >= order.updated_at).toBe(true);
      expect(await readOrder(order.id)).toEqual(changed);
      expect(await orders.eventsOf(order.id)).toEqual([
        expect.objectContaining({
          type: `com.fanfare.order.${to}.v1`,
          data: expect.objectContaining({
            order_id: order.id,
            old_status: from,
            new_status: to,
            reason: 'as it goes',
            changed_at: changed.updated_at,
          }) as unknown,
        }),
      ]);
    },
  );

  it.each(moves.filter(([from, to]) => !legalMoves[from].includes(to)))(
    'does not go from %s to %s: 409, no change and no event',
    async (from, to) => {
      const order = await placeOrderIn(from);
      const orders = await watchTopic();

      const answer = await patchOrder(order.id, { status: to });

      expectProblem(answer, 409);
      expect(await readOrder(order.id)).toEqual(order);
      expect(await orders.eventsOf(order.id)).toEqual([]);
    },
  );

  it('is told in order by the feed, and to the customer once for each step and channel', async () => {
    const orders = await watchTopic();

    const { id } = await placeOrderIn('completed');

    const told = ['order.created', 'order.confirmed', 'order.shipped', 'order.delivered', 'order.completed'];
    expect(await orders.namesOf(id)).toEqual(told);
    await untilNotified(id, told);
  });

  it('is changed once when many ask for the same at once', async () => {
    const { id } = await placeOrder();
    const orders = await watchTopic();

    const answers = await atOnce(20, () => patchOrder(id, { status: 'confirmed' }));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...new Array<number>(19).fill(409)]);
    expect(await orders.namesOf(id)).toEqual(['order.confirmed']);
  });

  it('follows one legal way when confirmation and cancellation meet', async () => {
    const { id } = await placeOrder();
    const orders = await watchTopic();

    await atOnce(20, (index) =>
      index % 2 === 0 ? patchOrder(id, { status: 'confirmed' }) : cancelOrder(id),
    );

    expect([['order.confirmed', 'order.cancelled'], ['order.cancelled']]).toContainEqual(
      await orders.namesOf(id),
    );
    expect((await readOrder(id)).status).toBe('cancelled');
  });

  it('is never read older than it was read or answered before', async () => {
    const { id } = await placeOrder();
    const way: readonly Status[] = ['pending', 'confirmed', 'shipped', 'delivered', 'completed'];
    let known = 0;
    let isDone = false;

    const reader = async () => {
      while (!isDone) {
        const least = known;
        const seen = way.indexOf((await readOrder(id)).status);
        expect(seen).toBeGreaterThanOrEqual(least);
        known = Math.max(known, seen);
      }
    };
    const writer = async () => {
      for (const [step, status] of way.entries()) {
        if (step > 0) await patchOrder(id, { status });
        known = Math.max(known, step);
        await Promise.all([id, id, id].map((same) => getOrder(same)));
      }
      isDone = true;
    };

    await Promise.all([writer(), ...Array.from({ length: 8 }, reader)]);
    expect((await readOrder(id)).status).toBe('completed');
  });

  it('cannot be changed for an order that does not exist', async () => {
    const unknown = '01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5';

    expectProblem(await patchOrder(unknown, { status: 'confirmed' }), 404);
    expectProblem(await cancelOrder(unknown), 404);
  });

  it('decides where the order is listed: under its new status only', async () => {
    const order = await placeOrderIn('confirmed');

    for (const status of statuses) {
      const found = await listOrders({ customer_id: order.customer_id, status });
      expect(found).toEqual(status === 'confirmed' ? [order] : []);
    }
  });
});

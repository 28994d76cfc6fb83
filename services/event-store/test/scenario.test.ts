import { z } from 'zod';
import { hostEventStore } from './host-event-store';

const eventsBody = z.object({
  events: z.array(
    z.object({ type: z.string(), aggregate_id: z.string(), causation_id: z.string().nullable() }),
  ),
});
const publishedBody = z.object({ id: z.string() });

describe('what a customer does', () => {
  it('is a history in order, from registering to the refund, by its correlation id', async () => {
    await using store = await hostEventStore();
    const correlation_id = 'purchase-1';
    let causation_id: string | undefined;
    const publish = async (type: string, aggregate_id: string, data: object) => {
      const [aggregate_type] = type.split('.');
      const event = { type, aggregate_id, aggregate_type, data, correlation_id, causation_id };
      const answer = await store.post('/events/publish', event);
      expect(answer.status).toBe(200);
      causation_id = publishedBody.parse(answer.body).id;
    };

    await publish('user.created', 'u-1', { user_id: 'u-1', email: 'ann@example.com', role: 'user' });
    const order = {
      order_id: 'o-1',
      user_id: 'u-1',
      order_number: 'N-1',
      total_amount: 25.5,
      currency: 'EUR',
    };
    await publish('order.created', 'o-1', order);
    await store.post('/events', {
      type: 'system.info',
      data: { component: 'noise', level: 'info', message: 'x' },
    });
    const payment = { payment_id: 'p-1', order_id: 'o-1', user_id: 'u-1', amount: 25.5, currency: 'EUR' };
    await publish('payment.processed', 'p-1', { ...payment, status: 'completed', gateway: 'stripe' });
    await publish('order.status_changed', 'o-1', { old_status: 'pending', new_status: 'confirmed' });
    await publish('payment.refunded', 'p-1', payment);
    await publish('order.cancelled', 'o-1', { old_status: 'confirmed', new_status: 'cancelled' });

    const { events } = eventsBody.parse((await store.get(`/events?correlation_id=${correlation_id}`)).body);
    expect(events.map(({ type, aggregate_id: id }) => `${id} ${type}`)).toEqual([
      'u-1 user.created',
      'o-1 order.created',
      'p-1 payment.processed',
      'o-1 order.status_changed',
      'p-1 payment.refunded',
      'o-1 order.cancelled',
    ]);
    expect(events.filter((event) => event.causation_id === null)).toHaveLength(1);

    const states = await Promise.all(['u-1', 'o-1', 'p-1'].map((id) => store.get(`/aggregates/${id}`)));
    expect(states.map(({ body }) => body)).toMatchObject([
      { type: 'user', version: 0, state: { email: 'ann@example.com', status: 'active' } },
      { type: 'order', version: 2, state: { ...order, status: 'cancelled' } },
      { type: 'payment', version: 1, state: { ...payment, gateway: 'stripe', status: 'refunded' } },
    ]);
    const paid = (await store.get('/aggregates/p-1?version=0')).body;
    expect(paid).toMatchObject({ state: { status: 'completed' } });
  });

  it.each([
    ['shop', 'product-7', [{ stock: 10, price: 3 }, { stock: 9 }, { price: 2.5 }], { stock: 9, price: 2.5 }],
    [
      'clinic',
      'patient-7',
      [{ ward: 3, vitals: { pulse: 70 } }, { vitals: { pulse: 64 } }],
      { vitals: { pulse: 64 } },
    ],
    [
      'school',
      'course-7',
      [{ pupils: { ann: 'B' } }, { pupils: { ben: 'A' } }],
      { pupils: { ann: 'B', ben: 'A' } },
    ],
    [
      'factory',
      'machine-7',
      [
        { state: 'off', oil: 1 },
        { state: 'on', oil: null },
      ],
      { state: 'on' },
    ],
  ])('can be kept for a %s as well: %s', async (_, id, [initial, ...changes], state) => {
    await using store = await hostEventStore();
    await store.post('/aggregates', { type: 'custom', id, initial_state: initial });
    for (const change of changes)
      await store.post('/events/publish', {
        type: 'custom',
        aggregate_id: id,
        aggregate_type: 'custom',
        data: change,
      });

    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({ version: changes.length, state });
  });
});

import { orderStatuses, type OrderStatus } from '@fanfare/contracts';
import { hostOrderService, type OrderServiceForTest } from './host-order-service';

/** How an order gets to each status. */
const wayTo: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: [],
  confirmed: ['confirmed'],
  shipped: ['confirmed', 'shipped'],
  delivered: ['confirmed', 'shipped', 'delivered'],
  completed: ['confirmed', 'shipped', 'delivered', 'completed'],
  cancelled: ['cancelled'],
};
const legalMoves = [
  'pending-confirmed',
  'pending-cancelled',
  'confirmed-shipped',
  'confirmed-cancelled',
  'shipped-delivered',
  'delivered-completed',
];

async function placeWithStatus(service: OrderServiceForTest, status: OrderStatus): Promise<string> {
  const { id } = await service.place();
  for (const step of wayTo[status]) expect((await service.patch(id, { status: step })).status).toBe(200);
  return id;
}

describe('changing the status of an order', () => {
  for (const from of orderStatuses) {
    for (const to of orderStatuses) {
      const isLegal = legalMoves.includes(`${from}-${to}`);

      it(`from ${from} to ${to} ${isLegal ? 'publishes exactly one event' : 'is refused and publishes nothing'}`, async () => {
        await using service = await hostOrderService();
        const id = await placeWithStatus(service, from);
        const before = await service.events();

        const { status, body, headers } = await service.patch(id, { status: to, reason: 'because' });

        const published = (await service.events()).slice(before.length);
        if (isLegal) {
          const version = before.length + 1;
          const { updated_at } = body as { updated_at: string };
          expect({ status, body, etag: headers['etag'] }).toMatchObject({
            status: 200,
            body: { id, status: to },
            etag: `"${version}"`,
          });
          expect(published).toEqual([
            expect.objectContaining({
              type: `com.fanfare.order.${to}.v1`,
              subject: id,
              time: updated_at,
              data: {
                order_id: id,
                old_status: from,
                new_status: to,
                reason: 'because',
                changed_by: 'system',
                changed_at: updated_at,
              },
            }),
          ]);
        } else {
          expect({ status, body }).toMatchObject({
            status: 409,
            body: { detail: `a ${from} order cannot become ${to}` },
          });
          expect(published).toEqual([]);
          expect((await service.request(`/orders/${id}`)).body).toMatchObject({ status: from });
        }
      });
    }
  }

  it('is seen by the next reader, with nothing else changed', async () => {
    await using service = await hostOrderService();
    const placed = await service.place();

    const { body } = await service.patch(placed.id, { status: 'confirmed' });

    const { updated_at } = body as typeof placed;
    expect((await service.request(`/orders/${placed.id}`)).body).toEqual({
      ...placed,
      status: 'confirmed',
      updated_at,
    });
    expect(updated_at >= placed.updated_at).toBe(true);
  });

  it('happens once when many ask for it at the same time', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service.patch(id, { status: 'confirmed' })),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    expect(await service.events()).toHaveLength(2);
  });

  it('of one version happens once when many have that version', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();
    const change = (status: string) => service.patch(id, { status }, { 'if-match': '"1"' });

    const answers = await Promise.all(['confirmed', 'cancelled', 'confirmed', 'cancelled'].map(change));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    expect(await service.events()).toHaveLength(2);
  });

  it.each([
    ['"1"', 200],
    ['*', 200],
    ['"7", "1"', 200],
    ['"2"', 412],
    ['W/"1"', 412],
    ['1', 412],
  ])('with If-Match: %s is answered with %d', async (tag, expected) => {
    await using service = await hostOrderService();
    const { id } = await service.place();

    const { status, headers } = await service.patch(id, { status: 'confirmed' }, { 'if-match': tag });

    expect(status).toBe(expected);
    expect(headers['etag']).toBe(expected === 200 ? '"2"' : '"1"');
    expect(await service.events()).toHaveLength(expected === 200 ? 2 : 1);
  });

  it('of an order that does not exist is 404', async () => {
    await using service = await hostOrderService();

    expect(await service.patch('no-such-order', { status: 'confirmed' }, { 'if-match': '*' })).toMatchObject({
      status: 404,
    });
    expect(await service.request('/orders/no-such-order/cancel', { method: 'POST' })).toMatchObject({
      status: 404,
    });
  });

  it('is logged in one line that leads to its event', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();

    await service.patch(id, { status: 'confirmed' }, { 'x-request-id': 'request-2' });

    const [, event] = await service.events();
    const lines = service.logLines.filter(({ requestId }) => requestId === 'request-2');
    expect(lines).toEqual([expect.objectContaining({ level: 'info', orderId: id, eventId: event?.id })]);
    expect(event?.correlationid).toBe('request-2');
  });
});

describe('cancelling an order', () => {
  it('needs no body', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();

    const { status, body } = await service.request(`/orders/${id}/cancel`, { method: 'POST' });

    expect({ status, body }).toMatchObject({ status: 200, body: { id, status: 'cancelled' } });
    const [, event] = await service.events();
    expect(event).toMatchObject({ type: 'com.fanfare.order.cancelled.v1', data: { old_status: 'pending' } });
    expect(event?.data).not.toHaveProperty('reason');
  });

  it('passes on the reason, and honours If-Match', async () => {
    await using service = await hostOrderService();
    const { id } = await service.place();
    const cancel = (tag: string) =>
      service.request(`/orders/${id}/cancel`, {
        method: 'POST',
        body: { reason: 'té 🙂' },
        headers: { 'if-match': tag },
      });

    expect((await cancel('"9"')).status).toBe(412);
    expect((await cancel('"1"')).status).toBe(200);

    const [, event] = await service.events();
    expect(event?.data['reason']).toBe('té 🙂');
  });

  it('is refused once the order is on its way', async () => {
    await using service = await hostOrderService();
    const id = await placeWithStatus(service, 'shipped');

    expect((await service.request(`/orders/${id}/cancel`, { method: 'POST' })).status).toBe(409);
  });
});

import { CompiledQuery } from 'kysely';
import { eventually } from '@fanfare/core/testing';
import { hostOrderService, type OrderJson, type OrderServiceForTest } from './host-order-service';
import { createMediatorStandIn, fulfilmentEvent } from './mediator-stand-in';

async function hostFollowing(orderSaga: 'on' | 'off' = 'on') {
  const mediator = createMediatorStandIn();
  const service = await hostOrderService({ ORDER_SAGA: orderSaga }, { beside: [mediator.factory] });
  return { ...service, service, mediator, [Symbol.asyncDispose]: () => service.stop() };
}

async function statusOf(service: OrderServiceForTest, { id }: OrderJson): Promise<string> {
  return ((await service.request(`/orders/${id}`)).body as OrderJson).status;
}

/** Resolves when everything that was told before has been followed: the order of a topic is kept. */
async function settle({ service, mediator }: Awaited<ReturnType<typeof hostFollowing>>): Promise<void> {
  const last = await service.place();
  await mediator.publish(fulfilmentEvent('cancelled', last.id));
  await eventually(async () => {
    expect(await statusOf(service, last)).toBe('cancelled');
  });
}

async function eventsOf(service: OrderServiceForTest, { id }: OrderJson) {
  return (await service.events()).filter(({ subject }) => subject === id);
}

describe('an order whose fulfilment is followed', () => {
  it('is confirmed when it is paid, and shipped when it is shipped, each with its one event', async () => {
    await using host = await hostFollowing();
    const { service, mediator } = host;
    const order = await service.place();
    const paid = fulfilmentEvent('paid', order.id);

    await mediator.publish(paid);
    await eventually(async () => {
      expect(await statusOf(service, order)).toBe('confirmed');
    });
    await mediator.publish(fulfilmentEvent('shipped', order.id));
    await eventually(async () => {
      expect(await statusOf(service, order)).toBe('shipped');
    });

    const [, confirmed, shipped] = await eventsOf(service, order);
    expect(confirmed).toMatchObject({
      type: 'com.fanfare.order.confirmed.v1',
      correlationid: paid.correlationid,
      causationid: paid.id,
      traceparent: paid.traceparent,
      data: { old_status: 'pending', new_status: 'confirmed', changed_by: 'order_fulfilment' },
    });
    expect(confirmed?.data).not.toHaveProperty('reason');
    expect(shipped).toMatchObject({ data: { old_status: 'confirmed', new_status: 'shipped' } });
  });

  it('is logged with each step that it is brought on, in one line as for a request', async () => {
    await using host = await hostFollowing();
    const { service, mediator } = host;
    const order = await service.place();
    const paid = fulfilmentEvent('paid', order.id);

    await mediator.publish(paid, fulfilmentEvent('paid', order.id), fulfilmentEvent('shipped', order.id));
    await settle(host);

    const [, confirmed, shipped] = await eventsOf(service, order);
    const lines = service.logLines.filter(({ orderId }) => orderId === order.id);
    const request = {
      level: 'info',
      requestId: paid.correlationid,
      traceId: paid.traceparent?.split('-')[1],
    };
    expect(lines).toMatchObject([
      { msg: `Order created successfully: ${order.id}` },
      { msg: `Order confirmed successfully: ${order.id}`, eventId: confirmed?.id, ...request },
      { msg: `Order shipped successfully: ${order.id}`, eventId: shipped?.id, ...request },
    ]);
  });

  it('is cancelled with the reason why it could not be fulfilled', async () => {
    await using host = await hostFollowing();
    const order = await host.service.place();

    await host.mediator.publish(fulfilmentEvent('cancelled', order.id, { reason: 'out of stock' }));

    await eventually(async () => {
      expect(await statusOf(host.service, order)).toBe('cancelled');
    });
    const [, cancelled] = await eventsOf(host.service, order);
    expect(cancelled?.data).toMatchObject({ reason: 'out of stock', changed_by: 'order_fulfilment' });
  });

  it('goes through all that is told at once, in order', async () => {
    await using host = await hostFollowing();
    const order = await host.service.place();

    await host.mediator.publish(fulfilmentEvent('paid', order.id), fulfilmentEvent('shipped', order.id));

    await eventually(async () => {
      expect(await statusOf(host.service, order)).toBe('shipped');
    });
    expect((await eventsOf(host.service, order)).map(({ type }) => type)).toEqual([
      'com.fanfare.order.created.v1',
      'com.fanfare.order.confirmed.v1',
      'com.fanfare.order.shipped.v1',
    ]);
  });

  it.each([
    ['paid', 'cancelled'],
    ['shipped', 'cancelled'],
    ['cancelled', 'cancelled'],
    ['paid', 'confirmed'],
  ] as const)('stays as it is when it is told %s after it was %s by hand', async (step, status) => {
    await using host = await hostFollowing();
    const order = await host.service.place();
    await host.service.patch(order.id, { status });
    const before = await eventsOf(host.service, order);

    await host.mediator.publish(fulfilmentEvent(step, order.id));
    await settle(host);

    expect(await statusOf(host.service, order)).toBe(status);
    expect(await eventsOf(host.service, order)).toEqual(before);
  });

  it('is confirmed or cancelled by its customer, whoever is first, and never both unheard', async () => {
    await using host = await hostFollowing();
    const orders = await Promise.all(Array.from({ length: 20 }, () => host.service.place()));

    const [cancellations] = await Promise.all([
      Promise.all(orders.map(({ id }) => host.service.patch(id, { status: 'cancelled' }))),
      host.mediator.publish(...orders.map(({ id }) => fulfilmentEvent('paid', id))),
    ]);
    await settle(host);

    expect(cancellations.map(({ status }) => status)).toEqual(orders.map(() => 200));
    for (const order of orders) {
      const [created, ...changes] = await eventsOf(host.service, order);
      expect(created?.type).toBe('com.fanfare.order.created.v1');
      expect(changes.at(-1)?.type).toBe('com.fanfare.order.cancelled.v1');
      expect(changes.map(({ data }) => data['old_status'])).toEqual(
        changes.length === 1 ? ['pending'] : ['pending', 'confirmed'],
      );
      expect(await statusOf(host.service, order)).toBe('cancelled');
    }
  });

  it('holds up no other while it cannot be brought on', async () => {
    await using host = await hostFollowing();
    const { service, mediator } = host;
    const [stuck, other] = [await service.place(), await service.place()];
    const run = (text: string) => service.database.queries.executeQuery(CompiledQuery.raw(text));
    await run(`create trigger refuse before update on orders when old.id = '${stuck.id}'
      begin select raise(abort, 'refused'); end`);

    await mediator.publish(fulfilmentEvent('paid', stuck.id));
    await mediator.publish(fulfilmentEvent('shipped', stuck.id), fulfilmentEvent('paid', other.id));

    await eventually(async () => {
      expect(await statusOf(service, other)).toBe('confirmed');
    });
    expect(await statusOf(service, stuck)).toBe('pending');
    await run('drop trigger refuse');
    await eventually(async () => {
      expect(await statusOf(service, stuck)).toBe('shipped');
    });
  });

  it('is nobody’s hindrance when the order service does not know it', async () => {
    await using host = await hostFollowing();

    await host.mediator.publish(fulfilmentEvent('paid', 'no-such-order'));
    await settle(host);

    expect((await host.service.request('/dead-letters')).body).toEqual([]);
  });

  it('waits in the topic while nobody follows', async () => {
    await using host = await hostFollowing('off');
    const order = await host.service.place();

    await host.mediator.publish(fulfilmentEvent('paid', order.id));

    expect((await host.service.request('/ledger')).body).toMatchObject({ groups: [] });
    expect(await statusOf(host.service, order)).toBe('pending');
  });
});

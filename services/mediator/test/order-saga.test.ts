import type { CloudEvent } from '@fanfare/contracts';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLocalHub } from '@fanfare/messaging';
import { hostForTest, type TopicOwner } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { createMediatorService, readConfig } from '../src';
import { api, hostMediator, type MediatorForTest } from './host-mediator';
import { openColleagueStandIn, type ColleagueStandIn } from './support/colleague-stand-in';
import { changed, createOrderStandIn, orderData, placed } from './support/order-stand-in';

const orderId = 'order-1';
const place = '/mediators/order_fulfilment';
const colleagues = {
  inventory: ['inventory.reserve', 'inventory.release'],
  payment: ['payment.take', 'payment.refund'],
  shipping: ['shipping.ship', 'shipping.recall'],
};
const forwards = ['inventory.reserve', 'payment.take', 'shipping.ship'];
const backwards = ['shipping.recall', 'payment.refund', 'inventory.release'];
const byFulfilment = { by: 'order_fulfilment' };

interface Fulfilling extends AsyncDisposable {
  readonly mediator: MediatorForTest;
  readonly orders: TopicOwner;
  readonly desk: ColleagueStandIn;
  /** The types of the commands so far. */
  readonly types: () => readonly string[];
  readonly statusOf: (runId: string) => Promise<string | undefined>;
  /** What was told of the fulfilment of orders. */
  readonly told: () => Promise<readonly CloudEvent<Record<string, unknown>>[]>;
}

async function hostFulfilling(env: Readonly<Record<string, string>> = {}): Promise<Fulfilling> {
  const clock = createSystemClock();
  const hub = createLocalHub({ clock });
  const desk = await openColleagueStandIn();
  const orders = createOrderStandIn();
  const orderHost = await hostForTest(orders.factory, { clock, hub });
  const mediator = await hostMediator({ ORDER_SAGA: 'on', ...env }, { clock, hub });
  await registerColleagues(mediator, desk);
  return {
    ...{ mediator, orders, desk },
    types: () => desk.commands.map(({ type }) => type),
    async statusOf(runId) {
      const { status, body } = await mediator.get(`${place}/workflows/${runId}`);
      return status === 200 ? (body as { readonly status: string }).status : undefined;
    },
    told: async () =>
      (await mediator.announced()).filter(({ type }) => type.startsWith('com.fanfare.fulfilment.')),
    async [Symbol.asyncDispose]() {
      await mediator.stop();
      await orderHost.stop();
      await desk[Symbol.asyncDispose]();
    },
  };
}

async function registerColleagues(mediator: MediatorForTest, desk: ColleagueStandIn): Promise<void> {
  await mediator.post('/mediators', { name: 'order_fulfilment', kind: 'workflow' });
  for (const [id, handles] of Object.entries(colleagues)) {
    const registered = await mediator.post(`${place}/colleagues`, {
      ...{ id, name: id, handles, endpoint: desk.url },
    });
    expect(registered.status).toBe(201);
  }
}

async function untilStatus({ statusOf }: Fulfilling, status: string, runId = orderId): Promise<void> {
  await eventually(async () => {
    expect(await statusOf(runId)).toBe(status);
  });
}

async function untilTold({ told }: Fulfilling, ...names: readonly string[]): Promise<void> {
  await eventually(async () => {
    expect((await told()).map(({ type }) => type)).toEqual(
      names.map((name) => `com.fanfare.fulfilment.${name}.v1`),
    );
  });
}

/** Leads an order to its end, as an order-service does that nobody disturbs. */
async function ship(fulfilling: Fulfilling, id = orderId): Promise<void> {
  await fulfilling.orders.publish(placed(id), changed(id, 'confirmed', byFulfilment));
  await untilStatus(fulfilling, 'completed', id);
}

describe('the fulfilment of an order', () => {
  it('reserves, takes the payment, waits for the confirmation, and ships', async () => {
    await using fulfilling = await hostFulfilling();
    const { orders, desk, mediator } = fulfilling;

    await orders.publish(placed(orderId));
    await untilTold(fulfilling, 'paid');
    expect(fulfilling.types()).toEqual(['inventory.reserve', 'payment.take']);
    await orders.publish(changed(orderId, 'confirmed', byFulfilment));
    await untilTold(fulfilling, 'paid', 'shipped');

    expect(await fulfilling.statusOf(orderId)).toBe('completed');
    expect(fulfilling.types()).toEqual(forwards);
    const data = { order_id: orderId, ...orderData, total_amount: 99.9, currency: 'USD' };
    expect(desk.commands[0]).toEqual({ id: `${orderId}:reserve:1`, type: 'inventory.reserve', data });
    const [paid] = await fulfilling.told();
    expect(paid).toMatchObject({
      subject: 'order_fulfilment',
      correlationid: `request of ${orderId}`,
      data: { mediator: 'order_fulfilment', order_id: orderId },
    });
    expect((await mediator.request('/health')).body).toMatchObject({ order_saga: 'on' });
  });

  it('goes on at once where the order was confirmed before it was paid', async () => {
    await using fulfilling = await hostFulfilling();

    await fulfilling.orders.publish(placed(orderId), changed(orderId, 'confirmed'));

    await untilTold(fulfilling, 'paid', 'shipped');
  });

  it('undoes what was done, the latest first, and tells why, when a colleague refuses', async () => {
    await using fulfilling = await hostFulfilling();
    fulfilling.desk.answer(({ type }) =>
      type === 'shipping.ship' ? { status: 422, detail: 'nobody delivers there' } : { status: 200 },
    );

    await fulfilling.orders.publish(placed(orderId), changed(orderId, 'confirmed'));
    await untilTold(fulfilling, 'paid', 'cancelled');

    expect(await fulfilling.statusOf(orderId)).toBe('failed');
    expect(fulfilling.types()).toEqual([...forwards, 'payment.refund', 'inventory.release']);
    expect((await fulfilling.told()).at(-1)?.data).toMatchObject({ reason: 'ship: nobody delivers there' });
  });

  it('goes on after a colleague was out of order for a while, also when it undoes', async () => {
    await using fulfilling = await hostFulfilling({ RETRY_COUNT: '1' });
    const failures = new Map<string, number>();
    fulfilling.desk.answer(({ type }) => {
      const count = (failures.get(type) ?? 0) + 1;
      failures.set(type, count);
      if (type === 'payment.take') return { status: 402 };
      return { status: count < 4 ? 503 : 200 };
    });

    await fulfilling.orders.publish(placed(orderId));

    await untilTold(fulfilling, 'cancelled');
    expect(Object.fromEntries(failures)).toEqual({
      'inventory.reserve': 4,
      'payment.take': 1,
      'inventory.release': 4,
    });
  });

  it('is undone when nobody confirms the order in time', async () => {
    await using fulfilling = await hostFulfilling({ ORDER_SAGA_TIMEOUT: '300ms' });

    await fulfilling.orders.publish(placed(orderId));

    await untilTold(fulfilling, 'paid', 'cancelled');
    expect(fulfilling.types()).toEqual([
      ...['inventory.reserve', 'payment.take'],
      ...['payment.refund', 'inventory.release'],
    ]);
    await fulfilling.orders.publish(changed(orderId, 'confirmed'), placed('order-2'));
    await eventually(() => {
      expect(fulfilling.desk.commands.at(-1)?.id).toMatch(/^order-2/);
    });
    expect(await fulfilling.statusOf(orderId)).toBe('failed');
  });

  it('cannot be begun again once its order is cancelled', async () => {
    await using fulfilling = await hostFulfilling();
    fulfilling.desk.answer(() => ({ status: 422 }));
    await fulfilling.orders.publish(placed(orderId));
    await untilStatus(fulfilling, 'failed');

    const retried = await fulfilling.mediator.post(`${place}/workflows/${orderId}/retry`);

    expect(retried).toMatchObject({ status: 409, body: { code: 'illegal-transition' } });
    expect(await fulfilling.statusOf(orderId)).toBe('failed');
  });
});

describe('an order that its customer cancels', () => {
  it('before it is confirmed is paid back and released', async () => {
    await using fulfilling = await hostFulfilling();
    await fulfilling.orders.publish(placed(orderId));
    await untilTold(fulfilling, 'paid');

    await fulfilling.orders.publish(changed(orderId, 'cancelled', { reason: 'changed my mind' }));

    await untilTold(fulfilling, 'paid', 'cancelled');
    expect(await fulfilling.statusOf(orderId)).toBe('cancelled');
    expect(fulfilling.types().slice(2)).toEqual(['payment.refund', 'inventory.release']);
    expect((await fulfilling.told()).at(-1)?.data).toMatchObject({ reason: 'changed my mind' });
  });

  it('while it is paid is not told to be paid, and is paid back', async () => {
    await using fulfilling = await hostFulfilling();
    fulfilling.desk.answer(({ type }) => (type === 'payment.take' ? 'hang' : { status: 200 }));
    await fulfilling.orders.publish(placed(orderId));
    await eventually(() => {
      expect(fulfilling.types()).toContain('payment.take');
    });

    await fulfilling.orders.publish(changed(orderId, 'cancelled'));
    await untilStatus(fulfilling, 'compensating');
    fulfilling.desk.release();

    await untilTold(fulfilling, 'cancelled');
    expect(fulfilling.types().slice(2)).toEqual(['payment.refund', 'inventory.release']);
  });

  it('while it is shipped is called back', async () => {
    await using fulfilling = await hostFulfilling();
    fulfilling.desk.answer(({ type }) => (type === 'shipping.ship' ? 'hang' : { status: 200 }));
    await fulfilling.orders.publish(placed(orderId), changed(orderId, 'confirmed'));
    await eventually(() => {
      expect(fulfilling.types()).toContain('shipping.ship');
    });

    await fulfilling.orders.publish(changed(orderId, 'cancelled'));
    await untilStatus(fulfilling, 'compensating');
    fulfilling.desk.release();

    await untilTold(fulfilling, 'paid', 'cancelled');
    expect(fulfilling.types()).toEqual([...forwards, ...backwards]);
  });

  it.each(['cancelled', 'shipped'] as const)(
    'or that somebody else has %s, after it was shipped, is taken back by a second run',
    async (status) => {
      await using fulfilling = await hostFulfilling();
      await ship(fulfilling);

      await fulfilling.orders.publish(changed(orderId, status));
      await untilStatus(fulfilling, 'completed', `${orderId}:return`);

      expect(fulfilling.types()).toEqual([...forwards, ...backwards]);
      expect(fulfilling.desk.commands.slice(3).map(({ data }) => data)).toMatchObject([
        { order_id: orderId, undoes: `${orderId}:ship:1` },
        { order_id: orderId, undoes: `${orderId}:pay:1` },
        { order_id: orderId, undoes: `${orderId}:reserve:1` },
      ]);
      await untilTold(fulfilling, 'paid', 'shipped');
    },
  );

  it('as what its fulfilment has come to stays as it is', async () => {
    await using fulfilling = await hostFulfilling();
    await ship(fulfilling);

    await fulfilling.orders.publish(
      changed(orderId, 'shipped', byFulfilment),
      changed('unknown-order', 'cancelled'),
      changed('unknown-order', 'confirmed'),
    );
    await ship(fulfilling, 'order-2');

    expect(await fulfilling.statusOf(`${orderId}:return`)).toBeUndefined();
    expect(fulfilling.types()).toEqual([...forwards, ...forwards]);
    expect((await fulfilling.mediator.request('/dead-letters')).body).toEqual([]);
  });
});

describeOnEveryDatabase('the mediator order_fulfilment', (_, underTest) => {
  it('is made once by instances that start side by side', async () => {
    const config = readConfig({ DATABASE_URL: await underTest.createUrl(), ORDER_SAGA: 'on' });
    let prepare = () => Promise.resolve();
    const hosted = await hostForTest(async (resources) => {
      const service = await createMediatorService(config, resources);
      prepare = () => service.prepare();
      return service;
    });
    try {
      for (let round = 0; round < 5; round += 1) {
        await hosted.request(`${api}${place}`, { method: 'DELETE' });
        await Promise.all([prepare(), prepare(), prepare()]);
      }
      const { body } = await hosted.request(`${api}${place}/definitions`);
      expect(body).toMatchObject({ definitions: [{ version: 1 }, { version: 1 }] });
    } finally {
      await hosted.stop();
    }
  });
});

describe('the mediator order_fulfilment', () => {
  it('is made, with its definitions, when the fulfilment is switched on', async () => {
    await using mediator = await hostMediator({ ORDER_SAGA: 'on' });

    const { body } = await mediator.get(`${place}/definitions`);

    expect(body).toMatchObject({ definitions: [{ name: 'order_fulfilment' }, { name: 'order_return' }] });
  });

  it('is made again for the next order after it was removed', async () => {
    await using fulfilling = await hostFulfilling();
    const { mediator, orders, desk } = fulfilling;
    await orders.publish(placed(orderId));
    await untilTold(fulfilling, 'paid');

    expect((await mediator.delete(place)).status).toBe(200);
    await untilTold(fulfilling, 'paid', 'cancelled');
    await orders.publish(placed('order-2'), changed('order-2', 'confirmed'));
    await untilStatus(fulfilling, 'running', 'order-2');
    await registerColleagues(mediator, desk);

    await untilStatus(fulfilling, 'completed', 'order-2');
  });

  it('does nothing about orders where the fulfilment is switched off, but tells what runs come to', async () => {
    await using fulfilling = await hostFulfilling({ ORDER_SAGA: 'off' });
    const { mediator, orders } = fulfilling;

    await orders.publish(placed(orderId));
    await mediator.post(`${place}/workflows`, {
      ...{ id: 'order-2', name: 'order_fulfilment', steps: [{ id: 'reserve', type: 'inventory.reserve' }] },
    });

    await untilTold(fulfilling, 'shipped');
    expect(fulfilling.types()).toEqual(['inventory.reserve']);
    expect((await mediator.request('/ledger')).body).toMatchObject({ groups: [] });
    expect((await mediator.request('/health')).body).toMatchObject({ order_saga: 'off' });
  });
});

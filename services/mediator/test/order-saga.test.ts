import { eventually } from '@fanfare/core/testing';
import { changed, orderData, placed } from './support/order-stand-in';
import {
  byFulfilment,
  forwards,
  hostFulfilling,
  orderId,
  place,
  untilStatus,
  untilTold,
} from './support/host-fulfilling';

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

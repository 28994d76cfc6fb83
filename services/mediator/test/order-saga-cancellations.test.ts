import { eventually } from '@fanfare/core/testing';
import { changed, placed } from './support/order-stand-in';
import {
  backwards,
  byFulfilment,
  forwards,
  hostFulfilling,
  orderId,
  ship,
  untilStatus,
  untilTold,
} from './support/host-fulfilling';

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

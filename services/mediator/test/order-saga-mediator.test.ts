import { hostForTest } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { createMediatorService, readConfig } from '../src';
import { api, hostMediator } from './host-mediator';
import { changed, placed } from './support/order-stand-in';
import {
  hostFulfilling,
  orderId,
  place,
  registerColleagues,
  untilStatus,
  untilTold,
} from './support/host-fulfilling';

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
      id: 'order-2',
      name: 'order_fulfilment',
      steps: [{ id: 'reserve', type: 'inventory.reserve' }],
    });

    await untilTold(fulfilling, 'shipped');
    expect(fulfilling.types()).toEqual(['inventory.reserve']);
    expect((await mediator.request('/ledger')).body).toMatchObject({ groups: [] });
    expect((await mediator.request('/health')).body).toMatchObject({ order_saga: 'off' });
  });
});

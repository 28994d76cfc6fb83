import { eventually } from '@fanfare/core/testing';
import { z } from 'zod';
import { atOnce } from './support/at-once';
import { read } from './support/http';
import { untilNotified } from './support/notifications';
import { placeOrderIn, type Order } from './support/orders';
import { groups, notificationUrl, orderUrl, services } from './support/system';
import { readLedger } from './support/topics';

const letters = z.array(z.looseObject({ key: z.string().nullable() }));

describe('the ledger after some orders', () => {
  let orders: Order[];

  beforeAll(async () => {
    orders = await atOnce(20, () => placeOrderIn('delivered'));
    const told = ['order.created', 'order.confirmed', 'order.shipped', 'order.delivered'];
    for (const { id } of orders) await untilNotified(id, told);
  });

  it.each([
    ['orders', orderUrl, 80],
    ['notifications', notificationUrl, 80],
  ])('of topic %s shows that all that was accepted was published', async (topic, url, atLeast) => {
    const accepted = (await readLedger(url)).topics.filter((position) => position.topic === topic);
    const sum = accepted.reduce((total, position) => total + position.accepted, 0);
    expect(sum).toBeGreaterThanOrEqual(atLeast);

    await eventually(async () => {
      const { topics } = await readLedger(url);
      for (const { partition, accepted: then } of accepted) {
        const now = topics.find((position) => position.topic === topic && position.partition === partition);
        expect(now?.published).toBeGreaterThanOrEqual(then);
      }
    });
  });

  it.each(groups)(
    'of %s shows that all that was accepted was applied, and nothing is missing',
    async (group, url) => {
      const { topics } = await readLedger(orderUrl);

      await eventually(async () => {
        const ledger = await readLedger(url);
        for (const { partition, accepted } of topics) {
          const position = ledger.groups.find((one) => one.topic === 'orders' && one.partition === partition);
          expect(position).toMatchObject({ group, missing: [] });
          expect(position?.head).toBeGreaterThanOrEqual(accepted);
          expect(position?.applied).toBeGreaterThanOrEqual(accepted);
        }
      });
    },
  );

  it.each(services)('of %s is balanced', async (service, url) => {
    await eventually(async () => {
      expect(await readLedger(url)).toMatchObject({ service, balanced: true });
    });
  });

  it.each(groups)('of %s has none of the orders among what is parked or given up', async (_, url) => {
    const ids = new Set(orders.map(({ id }) => id));

    for (const state of ['parked', 'dead']) {
      const found = await read(`${url}/dead-letters?state=${state}&limit=1000`, letters);
      expect(found.filter(({ key }) => key !== null && ids.has(key))).toEqual([]);
    }
  });
});

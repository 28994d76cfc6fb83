import { eventually } from '@fanfare/core/testing';
import { migrateMessaging, openMessageBus } from '@fanfare/messaging';
import { openDatabase } from '@fanfare/storage';
import { hasCode } from '@fanfare/core';
import type { Resources, Service } from '../hosting/service';
import { createErasuresStandIn } from '../testing/erasures-stand-in';
import { hostForTest } from '../testing/host-for-test';
import { serviceWith } from '../testing/service-with';
import { createErasureConsumers, type ForgetFirst } from './erasure-consumer';

describe('a service that stops while it forgets somebody of whom much is kept', () => {
  async function forgetful(resources: Resources, forgetFirst: ForgetFirst): Promise<Service> {
    const { clock, hub, own } = resources;
    const database = own(await openDatabase('sqlite::memory:'));
    const bus = own(await openMessageBus('memory:', { hub, clock }));
    return serviceWith({
      prepare: () => migrateMessaging(database),
      consumers: createErasureConsumers({
        database,
        bus,
        resources,
        group: 'forgetful',
        feedUrl: 'http://127.0.0.1:1',
        forgetFirst,
        forget: async () => undefined,
      }),
      checks: { database },
    });
  }

  it('does not go on to the end first, and counts that as no failure of the erasure', async () => {
    const erasures = createErasuresStandIn();
    const ends: unknown[] = [];
    let pages = 0;
    const forgetFirst: ForgetFirst = async (_, goOn) => {
      try {
        for (;;) {
          await new Promise(setImmediate);
          pages += 1;
          goOn();
        }
      } catch (error) {
        ends.push(error);
        throw error;
      }
    };
    const hosted = await hostForTest([(resources) => forgetful(resources, forgetFirst), erasures.factory]);
    await erasures.erase('customer-1');
    await eventually(() => {
      expect(pages).toBeGreaterThan(2);
    });

    await hosted.stop();

    expect(ends.map((error) => hasCode(error, 'unavailable'))).toEqual([true]);
    expect(hosted.logLines.filter(({ msg }) => /does not stop|parked|dead/.test(msg))).toEqual([]);
  });
});

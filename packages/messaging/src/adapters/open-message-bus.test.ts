import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { receive, sampleMessage } from '../testing/received';
import { createLocalHub } from './local-hub';
import { openMessageBus } from './open-message-bus';

const clock = createSystemClock();
const target = { topic: 'orders', group: 'analytics', partitions: 1 };

describe('openMessageBus', () => {
  it.each(['', 'rabbit', 'http://localhost', 'constructor:'])(
    'refuses "%s", naming what it accepts',
    async (url) => {
      const opening = openMessageBus(url, { hub: createLocalHub({ clock }), clock });

      await expect(opening).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(/amqp:.*amqps:.*kafka:.*memory:/) as string,
      });
    },
  );

  it('lets buses of one hub reach each other, and of no other hub', async () => {
    const hub = createLocalHub({ clock });
    const orders = await openMessageBus('memory:', { hub, clock });
    const analytics = await openMessageBus('memory:', { hub, clock });
    const elsewhere = await openMessageBus('memory:', { hub: createLocalHub({ clock }), clock });
    const here = receive();
    const there = receive();
    await analytics.subscribe(target, here.handle);
    await elsewhere.subscribe(target, there.handle);

    await orders.publish(target, [sampleMessage(1)]);

    await eventually(() => {
      expect(here.ids()).toEqual(['m-1']);
    });
    expect(there.deliveries).toEqual([]);
    await Promise.all([orders, analytics, elsewhere].map((bus) => bus.close()));
  });
});

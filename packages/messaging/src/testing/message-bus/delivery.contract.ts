import { eventually } from '@fanfare/core/testing';
import { itWhen } from '@fanfare/storage/testing';
import { receive, sampleIds, sampleMessage, sampleMessages } from '../received';
import { partitions, type MessageBusBench } from './bench';

/** What reaches a group, and that it is what was published. */
export function describeDelivery(bench: MessageBusBench): void {
  describe('delivery', () => {
    it('hands every message to every group', async () => {
      const analytics = receive();
      const notifications = receive();
      await bench.join(await bench.open(), analytics.handle, { group: 'analytics' });
      await bench.join(await bench.open(), notifications.handle, { group: 'notifications' });

      await bench.publish(sampleMessages(1, 3));

      await eventually(() => {
        expect([analytics.ids(), notifications.ids()]).toEqual([sampleIds(1, 3), sampleIds(1, 3)]);
      });
    });

    it('carries all that belongs to a message', async () => {
      const analytics = receive();
      await bench.join(bench.bus, analytics.handle, { partitions });
      const message = sampleMessage(9_007_199_254_740_991, {
        partition: 3,
        contentType: 'application/cloudevents-batch+json',
        body: Buffer.from([0, 255, 128, 10]),
        count: 128,
      });

      await bench.publish([message]);

      await eventually(() => {
        expect(analytics.deliveries).toEqual([message]);
      });
    });

    it('carries a message of a producer that numbers nothing', async () => {
      const analytics = receive();
      await bench.join(bench.bus, analytics.handle);

      await bench.publish([sampleMessage(1, { sequence: undefined })]);

      await eventually(() => {
        expect(analytics.deliveries).toMatchObject([{ id: 'm-1', sequence: undefined, count: 1 }]);
      });
    });

    it.each([
      ['quotes and slashes', `a'b"c/d\\e;--`],
      ['other scripts and emoji', 'заказ-注文-🧾'],
      ['white space and line breaks', ' a\tb\r\nc '],
      ['more than 255 bytes', '🧾'.repeat(100)],
    ])('carries ids with %s', async (_, id) => {
      const analytics = receive();
      await bench.join(bench.bus, analytics.handle);

      await bench.publish([sampleMessage(1, { id })]);

      await eventually(() => {
        expect(analytics.ids()).toEqual([id]);
      });
    });

    it.each([0, 1, 1_048_576, 4_194_304])('carries a body of %d bytes', async (length) => {
      const analytics = receive();
      await bench.join(bench.bus, analytics.handle);
      const body = Buffer.alloc(length, 'ä0123456789');

      await bench.publish([sampleMessage(1, { body })]);

      const [delivery] = await eventually(() => {
        expect(analytics.deliveries).toHaveLength(1);
        return analytics.deliveries;
      });
      expect(delivery?.body.equals(body)).toBe(true);
    });

    it('hands over bytes that nobody else can change', async () => {
      const analytics = receive();
      const vandal = receive(async (batch) => {
        for (const { body } of batch) body.fill(0);
      });
      await bench.join(bench.bus, vandal.handle, { group: 'notifications' });
      await bench.join(bench.bus, analytics.handle, { group: 'analytics' });
      const body = Buffer.from('as published');

      await bench.publish([sampleMessage(1, { body })]);
      body.fill(0);

      await eventually(() => {
        expect(vandal.deliveries).toHaveLength(1);
        expect(analytics.deliveries.map((delivery) => delivery.body.toString())).toEqual(['as published']);
      });
    });

    it('keeps for a known group what is published while no member is there', async () => {
      const subscription = await bench.join(bench.bus, receive().handle);
      await subscription.close();

      await bench.publish(sampleMessages(1, 3));

      const analytics = receive();
      await bench.join(bench.bus, analytics.handle);
      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 3));
      });
    });

    itWhen(bench.capabilities.durable)("keeps a group's messages when every process ends", async () => {
      await (await bench.join(bench.bus, receive().handle)).close();
      await bench.publish(sampleMessages(1, 3));

      await bench.reopen();

      const analytics = receive();
      await bench.join(bench.bus, analytics.handle);
      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 3));
      });
    });

    it('does not deliver again what was acknowledged', async () => {
      const first = receive();
      const subscription = await bench.join(bench.bus, first.handle);
      await bench.publish(sampleMessages(1, 3));
      await eventually(() => {
        expect(first.ids()).toEqual(sampleIds(1, 3));
      });
      await subscription.close();

      const second = receive();
      await bench.join(bench.bus, second.handle);
      await bench.publish([sampleMessage(4)]);

      await eventually(() => {
        expect(second.ids()).toEqual(['m-4']);
      });
    });
  });
}

import { eventually } from '@fanfare/core/testing';
import { itWhen } from '@fanfare/storage/testing';
import { receive, sampleIds, sampleMessages } from '../received';
import { partitions, type MessageBusBench } from './bench';

/** What a publish promises when it resolves. */
export function describePublishing(bench: MessageBusBench): void {
  describe('publishing', () => {
    it('takes messages of a topic that no group subscribes to', async () => {
      await expect(bench.publish(sampleMessages(1, 3))).resolves.toBeUndefined();
    });

    itWhen(bench.capabilities.unrouted)('tells its observer of messages that reach no group', async () => {
      let unrouted = 0;
      const observed = await bench.open({
        waiting: () => undefined,
        unrouted: (_, messages) => (unrouted += messages),
      });

      await observed.publish({ topic: bench.topic, partitions }, sampleMessages(1, 3));

      await eventually(() => {
        expect(unrouted).toBe(3);
      });
    });

    it('has nothing to do for no messages', async () => {
      await expect(bench.publish([])).resolves.toBeUndefined();
    });

    it('keeps the order of calls that were made together', async () => {
      const analytics = receive();
      await bench.join(bench.bus, analytics.handle);

      await Promise.all([
        bench.publish(sampleMessages(1, 50)),
        bench.publish(sampleMessages(51, 60)),
        bench.publish(sampleMessages(61, 99)),
      ]);

      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 99));
      });
    });

    it('has handed messages to the broker when it resolves', async () => {
      await (await bench.join(bench.bus, receive().handle)).close();
      const publisher = await bench.open();

      await publisher.publish({ topic: bench.topic, partitions }, sampleMessages(1, 100));
      await publisher.close();

      const analytics = receive();
      await bench.join(bench.bus, analytics.handle);
      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 100));
      });
    });

    it('finishes what is under way when the bus closes', async () => {
      const analytics = receive();
      await bench.join(await bench.open(), analytics.handle);

      const publishing = bench.publish(sampleMessages(1, 100));
      await bench.bus.close();

      await expect(publishing).resolves.toBeUndefined();
      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 100));
      });
    });
  });
}

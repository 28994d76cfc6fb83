import { eventually } from '@fanfare/core/testing';
import { receive, sampleIds, sampleMessages } from '../received';
import { partitions, type MessageBusBench } from './bench';

/** What is handed back comes again, in order. */
export function describeRedelivery(bench: MessageBusBench): void {
  describe('redelivery', () => {
    it('hands over again, in order and before anything later, what a handler rejected', async () => {
      let failures = 2;
      const succeeded = receive();
      const analytics = receive(async (batch, signal) => {
        failures -= 1;
        if (failures >= 0) throw new Error('not now');
        await succeeded.handle(batch, signal);
      });
      await bench.join(bench.bus, analytics.handle, { prefetch: 10 });

      await bench.publish(sampleMessages(1, 30));

      await eventually(() => {
        expect(succeeded.ids()).toEqual(sampleIds(1, 30));
      });
      expect(analytics.ids().filter((id) => id === 'm-1')).toHaveLength(3);
    });

    it('goes on with other partitions while one is handed back', async () => {
      const analytics = receive(async ([first]) => {
        if (first?.partition === 1) throw new Error('never');
      });
      await bench.join(bench.bus, analytics.handle, { partitions });

      await bench.publish([
        ...sampleMessages(1, 1, { partition: 1 }),
        ...sampleMessages(2, 20, { partition: 2 }),
      ]);

      await eventually(() => {
        expect(analytics.idsOf(2)).toEqual(sampleIds(2, 20));
        expect(analytics.idsOf(1).length).toBeGreaterThan(1);
      });
    });

    it('hands what a closing member gives up to the next one, in order', async () => {
      const leaving = receive(
        (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('closing'));
            });
          }),
      );
      const staying = receive();
      const subscription = await bench.join(bench.bus, leaving.handle, { prefetch: 5 });
      await bench.publish(sampleMessages(1, 20));
      await eventually(() => {
        expect(leaving.deliveries.length).toBeGreaterThan(0);
      });
      await bench.join(await bench.open(), staying.handle, { members: 2 });

      await subscription.close();

      await eventually(() => {
        expect(staying.ids()).toEqual(sampleIds(1, 20));
      });
    });
  });
}

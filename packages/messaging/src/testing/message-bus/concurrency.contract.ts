import { eventually } from '@fanfare/core/testing';
import type { DeliveryHandler } from '../../bus/message-bus';
import { createGate, receive, sampleIds, sampleMessage, sampleMessages } from '../received';
import { partitions, type MessageBusBench } from './bench';

/** One handler at a time in a partition, with bounded, gathered batches. */
export function describeConcurrency(bench: MessageBusBench): void {
  describe('concurrency', () => {
    it('runs one handler at a time in a partition, and partitions beside each other', async () => {
      const gate = createGate();
      const running = new Map<number, number>();
      let most = 0;
      const analytics = receive(async ([first]) => {
        const partition = first?.partition ?? -1;
        running.set(partition, (running.get(partition) ?? 0) + 1);
        most = Math.max(most, ...running.values());
        await gate.passed;
        running.set(partition, (running.get(partition) ?? 0) - 1);
      });
      await bench.join(bench.bus, analytics.handle, { partitions });
      await bench.join(await bench.open(), analytics.handle, { partitions, members: 2 });

      for (let round = 0; round < 5; round += 1) {
        await bench.publish(
          [0, 1, 2, 3].map((partition) => sampleMessage(round * 4 + partition + 1, { partition })),
        );
      }

      await eventually(() => {
        expect([...running.values()]).toEqual([1, 1, 1, 1]);
      });
      gate.open();
      await eventually(() => {
        expect(analytics.deliveries).toHaveLength(20);
      });
      expect(most).toBe(1);
    });

    it('keeps the order of one partition, never two at once, whichever of ten members has it', async () => {
      const taken = receive();
      let running = 0;
      let most = 0;
      const handle: DeliveryHandler = async (batch, signal) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        await taken.handle(batch, signal);
        running -= 1;
      };
      const active = await bench.join(bench.bus, handle, { prefetch: 5 });
      for (let members = 2; members <= 10; members += 1)
        await bench.join(await bench.open(), handle, { prefetch: 5, members });

      await bench.publish(sampleMessages(1, 50));
      const leaving = active.close();
      await bench.publish(sampleMessages(51, 100));
      await leaving;

      await eventually(() => {
        expect(taken.ids()).toEqual(sampleIds(1, 100));
      });
      expect(most).toBe(1);
    });

    it('never hands over more than the prefetch before it is acknowledged', async () => {
      const analytics = receive();
      await bench.join(bench.bus, analytics.handle, { prefetch: 4 });

      await bench.publish(sampleMessages(1, 50));

      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 50));
      });
      expect(Math.max(...analytics.batchSizes)).toBeLessThanOrEqual(4);
    });

    it('hands over together what has come while a handler was busy', async () => {
      const gate = createGate();
      const analytics = receive(() => gate.passed);
      await bench.join(bench.bus, analytics.handle);
      await bench.publish([sampleMessage(1)]);
      await eventually(() => {
        expect(analytics.batchSizes).toEqual([1]);
      });

      await bench.publish(sampleMessages(2, 61));
      gate.open();

      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 61));
      });
      expect(analytics.batchSizes.length).toBeLessThan(20);
    });
  });
}

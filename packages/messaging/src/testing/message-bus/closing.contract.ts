import { eventually } from '@fanfare/core/testing';
import { createGate, receive, sampleIds, sampleMessage, sampleMessages } from '../received';
import { type MessageBusBench } from './bench';

/** What closing waits for. */
export function describeClosing(bench: MessageBusBench): void {
  describe('closing', () => {
    it('waits for the handler that runs, and its messages count as handled', async () => {
      const gate = createGate();
      const analytics = receive(() => gate.passed);
      const subscription = await bench.join(bench.bus, analytics.handle, { prefetch: 2 });
      await bench.publish(sampleMessages(1, 6));
      await eventually(() => {
        expect(analytics.deliveries.length).toBeGreaterThan(0);
      });
      let isClosed = false;

      const closing = Promise.all([subscription.close(), subscription.close()]).then(() => (isClosed = true));
      await bench.bus.ping();

      expect(isClosed).toBe(false);
      gate.open();
      await closing;
      const handled = analytics.ids();
      const rest = receive();
      await bench.join(bench.bus, rest.handle);
      await eventually(() => {
        expect([...handled, ...rest.ids()]).toEqual(sampleIds(1, 6));
      });
    });

    it('closes subscriptions with the bus', async () => {
      const analytics = receive();
      const other = await bench.open();
      await bench.join(other, analytics.handle);

      await other.close();
      await other.close();
      await bench.publish([sampleMessage(1)]);

      const next = receive();
      await bench.join(bench.bus, next.handle);
      await eventually(() => {
        expect(next.ids()).toEqual(['m-1']);
      });
      expect(analytics.deliveries).toEqual([]);
    });

    it('refuses a closed bus with `unavailable`', async () => {
      await bench.bus.close();

      await expect(bench.bus.ping()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(bench.publish([sampleMessage(1)])).rejects.toMatchObject({ code: 'unavailable' });
      await expect(
        bench.bus.subscribe({ topic: bench.topic, group: 'analytics', partitions: 1 }, receive().handle),
      ).rejects.toMatchObject({
        code: 'unavailable',
      });
    });
  });
}

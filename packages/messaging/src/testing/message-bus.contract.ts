import type { MessageBusUnderTest } from './message-bus-under-test';
import { useMessageBusBench } from './message-bus/bench';
import { describeClosing } from './message-bus/closing.contract';
import { describeConcurrency } from './message-bus/concurrency.contract';
import { describeDelivery } from './message-bus/delivery.contract';
import { describeMembers } from './message-bus/members.contract';
import { describePublishing } from './message-bus/publishing.contract';
import { describeRedelivery } from './message-bus/redelivery.contract';

/** Every promise of the port, checked on whatever adapter is given. */
export function describeMessageBusContract(underTest: MessageBusUnderTest): void {
  const bench = useMessageBusBench(underTest);

  describePublishing(bench);
  describeDelivery(bench);
  describeRedelivery(bench);
  describeMembers(bench);
  describeConcurrency(bench);
  describeClosing(bench);

  it('answers a ping when the broker can be used', async () => {
    await expect(bench.bus.ping()).resolves.toBeUndefined();
  });

  it.each(['', 'a.b', 'a b', 'ä', 'x'.repeat(101)])(
    'refuses the name "%s" for a topic or a group',
    async (odd) => {
      const handle = () => Promise.resolve();
      const refusal = { code: 'invalid' };

      await expect(bench.bus.publish({ topic: odd, partitions: 1 }, [])).rejects.toMatchObject(refusal);
      for (const target of [
        { topic: odd, group: 'analytics' },
        { topic: bench.topic, group: odd },
      ]) {
        await expect(bench.bus.subscribe({ ...target, partitions: 1 }, handle)).rejects.toMatchObject(
          refusal,
        );
      }
    },
  );
}

import { eventually } from '@fanfare/core/testing';
import { receive, sampleMessage } from '../received';
import { partitions, type MessageBusBench } from './bench';

/** Members of a group share its partitions and take over from each other. */
export function describeMembers(bench: MessageBusBench): void {
  describe('members of a group', () => {
    it('are handed each message once, in the order of its partition', async () => {
      const received = receive();
      await bench.join(bench.bus, received.handle, { partitions });
      await bench.join(await bench.open(), received.handle, { partitions, members: 2 });
      const messages = Array.from({ length: 200 }, (_, index) =>
        sampleMessage(index + 1, { partition: index % partitions }),
      );

      await bench.publish(messages);

      await eventually(() => {
        expect(received.deliveries).toHaveLength(200);
      });
      for (const partition of [0, 1, 2, 3]) {
        const expected = messages.filter((message) => message.partition === partition).map(({ id }) => id);
        expect(received.idsOf(partition)).toEqual(expected);
      }
    });

    it('come to share its partitions', async () => {
      const members = [receive(), receive()] as const;
      await bench.join(bench.bus, members[0].handle, { partitions });
      await bench.join(await bench.open(), members[1].handle, { partitions, members: 2 });
      let sequence = 0;

      await eventually(
        async () => {
          for (const { deliveries } of members) deliveries.length = 0;
          await bench.publish([0, 1, 2, 3].map((partition) => sampleMessage((sequence += 1), { partition })));
          await eventually(() => {
            expect(members[0].deliveries.length + members[1].deliveries.length).toBeGreaterThanOrEqual(4);
          });
          expect(
            members.map(({ deliveries }) => new Set(deliveries.map(({ partition }) => partition)).size),
          ).toEqual([2, 2]);
        },
        { timeoutMs: 20_000 },
      );
    });

    it('take over what a closed one would have had', async () => {
      const first = receive();
      const second = receive();
      const subscription = await bench.join(bench.bus, first.handle);
      await bench.join(await bench.open(), second.handle, { members: 2 });
      await bench.publish([sampleMessage(1)]);
      await eventually(() => {
        expect([...first.ids(), ...second.ids()]).toEqual(['m-1']);
      });

      await subscription.close();
      await bench.publish([sampleMessage(2)]);

      await eventually(() => {
        expect(second.ids()).toContain('m-2');
      });
    });
  });
}

import { randomUUID } from 'node:crypto';
import { eventually } from '@fanfare/core/testing';
import type { DeliveryHandler, MessageBus, SubscribeOptions } from '../message-bus';
import { itWhen } from './capability';
import type { MessageBusUnderTest } from './message-bus-under-test';
import { createGate, receive, sampleIds, sampleMessage, sampleMessages } from './received';

const groups = ['analytics', 'notifications'];
const partitions = 4;

const testTimeoutMs = 30_000;

/** Every promise of the port, checked on whatever adapter is given. */
export function describeMessageBusContract(name: string, underTest: MessageBusUnderTest): void {
  describe(`MessageBus on ${name}`, () => {
    jest.setTimeout(testTimeoutMs);

    let topic: string;
    let bus: MessageBus;
    let buses: MessageBus[];

    async function openAnother(): Promise<MessageBus> {
      const another = await underTest.open();
      buses.push(another);
      return another;
    }

    /** Subscribes a member and waits until it is the group's `members`th. */
    async function join(
      member: MessageBus,
      handle: DeliveryHandler,
      { members = 1, ...options }: Partial<SubscribeOptions> & { readonly members?: number } = {},
    ) {
      const target = { topic, group: 'analytics', partitions: 1, ...options };
      const subscription = await member.subscribe(target, handle);
      await underTest.membersJoined({ ...target, members });
      return subscription;
    }

    const publish = (messages: ReturnType<typeof sampleMessages>) =>
      bus.publish({ topic, partitions }, messages);

    beforeEach(async () => {
      topic = `test-${randomUUID()}`;
      bus = await underTest.open();
      buses = [bus];
    });

    afterEach(async () => {
      await Promise.all(buses.map((each) => each.close()));
      await underTest.removeTopic(topic, groups, partitions);
    });

    describe('delivery', () => {
      it('hands every message to every group', async () => {
        const analytics = receive();
        const notifications = receive();
        await join(await openAnother(), analytics.handle, { group: 'analytics' });
        await join(await openAnother(), notifications.handle, { group: 'notifications' });

        await publish(sampleMessages(1, 3));

        await eventually(() => {
          expect([analytics.ids(), notifications.ids()]).toEqual([sampleIds(1, 3), sampleIds(1, 3)]);
        });
      });

      it('carries all that belongs to a message', async () => {
        const analytics = receive();
        await join(bus, analytics.handle, { partitions });
        const message = sampleMessage(9_007_199_254_740_991, {
          partition: 3,
          contentType: 'application/cloudevents-batch+json',
          body: Buffer.from([0, 255, 128, 10]),
          count: 128,
        });

        await publish([message]);

        await eventually(() => {
          expect(analytics.deliveries).toEqual([message]);
        });
      });

      it('carries a message of a producer that numbers nothing', async () => {
        const analytics = receive();
        await join(bus, analytics.handle);

        await publish([sampleMessage(1, { sequence: undefined })]);

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
        await join(bus, analytics.handle);

        await publish([sampleMessage(1, { id })]);

        await eventually(() => {
          expect(analytics.ids()).toEqual([id]);
        });
      });

      it.each([0, 1, 1_048_576, 4_194_304])('carries a body of %d bytes', async (length) => {
        const analytics = receive();
        await join(bus, analytics.handle);
        const body = Buffer.alloc(length, 'ä0123456789');

        await publish([sampleMessage(1, { body })]);

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
        await join(bus, vandal.handle, { group: 'notifications' });
        await join(bus, analytics.handle, { group: 'analytics' });
        const body = Buffer.from('as published');

        await publish([sampleMessage(1, { body })]);
        body.fill(0);

        await eventually(() => {
          expect(vandal.deliveries).toHaveLength(1);
          expect(analytics.deliveries.map((delivery) => delivery.body.toString())).toEqual(['as published']);
        });
      });

      it('keeps for a known group what is published while no member is there', async () => {
        const subscription = await join(bus, receive().handle);
        await subscription.close();

        await publish(sampleMessages(1, 3));

        const analytics = receive();
        await join(bus, analytics.handle);
        await eventually(() => {
          expect(analytics.ids()).toEqual(sampleIds(1, 3));
        });
      });

      itWhen(underTest.capabilities.durable)("keeps a group's messages when every process ends", async () => {
        await (await join(bus, receive().handle)).close();
        await publish(sampleMessages(1, 3));
        await bus.close();

        bus = await underTest.reopen();
        buses.push(bus);

        const analytics = receive();
        await join(bus, analytics.handle);
        await eventually(() => {
          expect(analytics.ids()).toEqual(sampleIds(1, 3));
        });
      });

      it('does not deliver again what was acknowledged', async () => {
        const first = receive();
        const subscription = await join(bus, first.handle);
        await publish(sampleMessages(1, 3));
        await eventually(() => {
          expect(first.ids()).toEqual(sampleIds(1, 3));
        });
        await subscription.close();

        const second = receive();
        await join(bus, second.handle);
        await publish([sampleMessage(4)]);

        await eventually(() => {
          expect(second.ids()).toEqual(['m-4']);
        });
      });
    });

    describe('publishing', () => {
      it('takes messages of a topic that no group subscribes to', async () => {
        await expect(publish(sampleMessages(1, 3))).resolves.toBeUndefined();
      });

      it('tells its observer of messages that reach no group', async () => {
        let unrouted = 0;
        const observed = await underTest.open({
          waiting: () => undefined,
          unrouted: (_, count) => (unrouted += count),
        });
        buses.push(observed);

        await observed.publish({ topic, partitions }, sampleMessages(1, 3));

        await eventually(() => {
          expect(unrouted).toBe(3);
        });
      });

      it('has nothing to do for no messages', async () => {
        await expect(publish([])).resolves.toBeUndefined();
      });

      it('keeps the order of calls that were made together', async () => {
        const analytics = receive();
        await join(bus, analytics.handle);

        await Promise.all([
          publish(sampleMessages(1, 50)),
          publish(sampleMessages(51, 60)),
          publish(sampleMessages(61, 99)),
        ]);

        await eventually(() => {
          expect(analytics.ids()).toEqual(sampleIds(1, 99));
        });
      });

      it('has handed messages to the broker when it resolves', async () => {
        await (await join(bus, receive().handle)).close();
        const publisher = await openAnother();

        await publisher.publish({ topic, partitions }, sampleMessages(1, 100));
        await publisher.close();

        const analytics = receive();
        await join(bus, analytics.handle);
        await eventually(() => {
          expect(analytics.ids()).toEqual(sampleIds(1, 100));
        });
      });

      it('finishes what is under way when the bus closes', async () => {
        const analytics = receive();
        await join(await openAnother(), analytics.handle);

        const publishing = publish(sampleMessages(1, 100));
        await bus.close();

        await expect(publishing).resolves.toBeUndefined();
        await eventually(() => {
          expect(analytics.ids()).toEqual(sampleIds(1, 100));
        });
      });
    });

    describe('redelivery', () => {
      it('hands over again, in order and before anything later, what a handler rejected', async () => {
        let failures = 2;
        const succeeded = receive();
        const analytics = receive(async (batch, signal) => {
          failures -= 1;
          if (failures >= 0) throw new Error('not now');
          await succeeded.handle(batch, signal);
        });
        await join(bus, analytics.handle, { prefetch: 10 });

        await publish(sampleMessages(1, 30));

        await eventually(() => {
          expect(succeeded.ids()).toEqual(sampleIds(1, 30));
        });
        expect(analytics.ids().filter((id) => id === 'm-1')).toHaveLength(3);
      });

      it('goes on with other partitions while one is handed back', async () => {
        const analytics = receive(async ([first]) => {
          if (first?.partition === 1) throw new Error('never');
        });
        await join(bus, analytics.handle, { partitions });

        await publish([
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
        const subscription = await join(bus, leaving.handle, { prefetch: 5 });
        await publish(sampleMessages(1, 20));
        await eventually(() => {
          expect(leaving.deliveries.length).toBeGreaterThan(0);
        });
        await join(await openAnother(), staying.handle, { members: 2 });

        await subscription.close();

        await eventually(() => {
          expect(staying.ids()).toEqual(sampleIds(1, 20));
        });
      });
    });

    describe('members of a group', () => {
      it('are handed each message once, in the order of its partition', async () => {
        const received = receive();
        await join(bus, received.handle, { partitions });
        await join(await openAnother(), received.handle, { partitions, members: 2 });
        const messages = Array.from({ length: 200 }, (_, index) =>
          sampleMessage(index + 1, { partition: index % partitions }),
        );

        await publish(messages);

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
        await join(bus, members[0].handle, { partitions });
        await join(await openAnother(), members[1].handle, { partitions, members: 2 });
        let sequence = 0;

        await eventually(
          async () => {
            for (const { deliveries } of members) deliveries.length = 0;
            await publish([0, 1, 2, 3].map((partition) => sampleMessage((sequence += 1), { partition })));
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
        const subscription = await join(bus, first.handle);
        await join(await openAnother(), second.handle, { members: 2 });
        await publish([sampleMessage(1)]);
        await eventually(() => {
          expect([...first.ids(), ...second.ids()]).toEqual(['m-1']);
        });

        await subscription.close();
        await publish([sampleMessage(2)]);

        await eventually(() => {
          expect(second.ids()).toContain('m-2');
        });
      });
    });

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
        await join(bus, analytics.handle, { partitions });
        await join(await openAnother(), analytics.handle, { partitions, members: 2 });

        for (let round = 0; round < 5; round += 1) {
          await publish(
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

      it('never hands over more than the prefetch before it is acknowledged', async () => {
        const analytics = receive();
        await join(bus, analytics.handle, { prefetch: 4 });

        await publish(sampleMessages(1, 50));

        await eventually(() => {
          expect(analytics.ids()).toEqual(sampleIds(1, 50));
        });
        expect(Math.max(...analytics.batchSizes)).toBeLessThanOrEqual(4);
      });

      it('hands over together what has come while a handler was busy', async () => {
        const gate = createGate();
        const analytics = receive(() => gate.passed);
        await join(bus, analytics.handle);
        await publish([sampleMessage(1)]);
        await eventually(() => {
          expect(analytics.batchSizes).toEqual([1]);
        });

        await publish(sampleMessages(2, 61));
        gate.open();

        await eventually(() => {
          expect(analytics.ids()).toEqual(sampleIds(1, 61));
        });
        expect(analytics.batchSizes.length).toBeLessThan(20);
      });
    });

    describe('closing', () => {
      it('waits for the handler that runs, and its messages count as handled', async () => {
        const gate = createGate();
        const analytics = receive(() => gate.passed);
        const subscription = await join(bus, analytics.handle, { prefetch: 2 });
        await publish(sampleMessages(1, 6));
        await eventually(() => {
          expect(analytics.deliveries.length).toBeGreaterThan(0);
        });
        let isClosed = false;

        const closing = Promise.all([subscription.close(), subscription.close()]).then(
          () => (isClosed = true),
        );
        await bus.ping();

        expect(isClosed).toBe(false);
        gate.open();
        await closing;
        const handled = analytics.ids();
        const rest = receive();
        await join(bus, rest.handle);
        await eventually(() => {
          expect([...handled, ...rest.ids()]).toEqual(sampleIds(1, 6));
        });
      });

      it('closes subscriptions with the bus', async () => {
        const analytics = receive();
        const other = await openAnother();
        await join(other, analytics.handle);

        await other.close();
        await other.close();
        await publish([sampleMessage(1)]);

        const next = receive();
        await join(bus, next.handle);
        await eventually(() => {
          expect(next.ids()).toEqual(['m-1']);
        });
        expect(analytics.deliveries).toEqual([]);
      });

      it('refuses a closed bus with `unavailable`', async () => {
        await bus.close();

        await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });
        await expect(publish([sampleMessage(1)])).rejects.toMatchObject({ code: 'unavailable' });
        await expect(
          bus.subscribe({ topic, group: 'analytics', partitions: 1 }, receive().handle),
        ).rejects.toMatchObject({
          code: 'unavailable',
        });
      });
    });

    it('answers a ping when the broker can be used', async () => {
      await expect(bus.ping()).resolves.toBeUndefined();
    });

    it.each(['', 'a.b', 'a b', 'ä', 'x'.repeat(101)])(
      'refuses the name "%s" for a topic or a group',
      async (odd) => {
        const handle = receive().handle;

        await expect(bus.publish({ topic: odd, partitions }, [])).rejects.toMatchObject({ code: 'invalid' });
        await expect(bus.subscribe({ topic: odd, group: 'g', partitions }, handle)).rejects.toMatchObject({
          code: 'invalid',
        });
        await expect(bus.subscribe({ topic, group: odd, partitions }, handle)).rejects.toMatchObject({
          code: 'invalid',
        });
      },
    );
  });
}

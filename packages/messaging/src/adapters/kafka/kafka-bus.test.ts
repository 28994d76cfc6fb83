import { randomUUID } from 'node:crypto';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import type { MessageBus } from '../../bus/message-bus';
import { silentBusObserver } from '../../bus/message-bus-observer';
import { kafkaMembersJoined, removeKafkaTopic, withKafka } from '../../testing/kafka-broker';
import { receive, sampleIds, sampleMessage, sampleMessages } from '../../testing/received';
import { createTestStream } from '../../testing/test-stream';
import { openKafkaBus } from './open';
import { openRecordProducer } from './record-producer';

const clock = createSystemClock();
const url = process.env['TEST_KAFKA_URL'];

describeAdapter(
  { name: 'Kafka', underTest: url ? { url } : { missing: 'TEST_KAFKA_URL is not set' } },
  declareKafkaTests,
);

function declareKafkaTests({ url }: { readonly url: string }): void {
  describe('the bus on Kafka', () => {
    let target: { readonly topic: string; readonly group: string; readonly partitions: number };
    let bus: MessageBus;
    let buses: MessageBus[] = [];

    function open(name: string, brokerUrl = url): MessageBus {
      const opened = openKafkaBus(brokerUrl, { name, clock, observer: silentBusObserver });
      buses.push(opened);
      return opened;
    }

    beforeEach(() => {
      target = { topic: `test-${randomUUID()}`, group: 'analytics', partitions: 1 };
      bus = open('test');
    });

    afterEach(async () => {
      await Promise.all(buses.map((each) => each.close()));
      buses = [];
      await removeKafkaTopic(url, target.topic, [target.group]);
    });

    const joined = () => kafkaMembersJoined(url, { ...target, members: 1 });

    it('gives a new group what was published before there was one', async () => {
      await bus.publish(target, sampleMessages(1, 3));

      const analytics = receive();
      await bus.subscribe(target, analytics.handle);

      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 3));
      });
    });

    it('delivers what foreign producers send, as unnumbered messages', async () => {
      const analytics = receive();
      await bus.subscribe(target, analytics.handle);
      await joined();
      const foreign = openRecordProducer(url, { clock, name: 'foreign' });

      await foreign.send(target.topic, [{ key: 'o-1', value: Buffer.from('bare'), headers: {} }]);

      await eventually(() => {
        expect(analytics.deliveries).toEqual([
          {
            partition: 0,
            id: '',
            contentType: 'application/octet-stream',
            body: Buffer.from('bare'),
            sequence: undefined,
            count: 1,
          },
        ]);
      });
      await foreign.close();
    });

    it('gives each process its share of the partitions, whatever the processes are called', async () => {
      const shared = { ...target, partitions: 4 };
      const received = [receive(), receive()] as const;
      await open('a').subscribe(shared, received[0].handle);
      await open('b').subscribe(shared, received[1].handle);
      await kafkaMembersJoined(url, { ...shared, members: 2 });

      await bus.publish(
        shared,
        [0, 1, 2, 3].map((partition) => sampleMessage(partition + 1, { partition })),
      );

      await eventually(() => {
        expect(received.map(({ deliveries }) => deliveries.length)).toEqual([2, 2]);
      });
    });

    it('adds the partitions that a topic lacks', async () => {
      await bus.publish(target, [sampleMessage(1)]);
      const analytics = receive();
      const grown = { ...target, partitions: 3 };
      await bus.subscribe(grown, analytics.handle);

      await eventually(() => bus.publish(grown, [sampleMessage(2, { partition: 2 })]));

      await eventually(() => {
        expect(analytics.idsOf(0)).toContain('m-1');
        expect(analytics.idsOf(2)).toContain('m-2');
      });
    });

    it('refuses a message for a partition that the topic does not have, rather than lose it', async () => {
      await expect(bus.publish(target, [sampleMessage(1, { partition: 7 })])).rejects.toMatchObject({
        code: 'unavailable',
      });
    });

    it('carries more at once than one request may hold, also where a topic keeps to the defaults', async () => {
      await withKafka(url, (admin) => admin.createTopics({ topics: [{ topic: target.topic }] }));
      const analytics = receive();
      await bus.subscribe(target, analytics.handle);
      const body = Buffer.alloc(300_000, 'x');

      await bus.publish(target, sampleMessages(1, 20, { body }));

      await eventually(() => {
        expect(analytics.ids()).toEqual(sampleIds(1, 20));
      });
    });

    it('creates the topic again when it was deleted', async () => {
      const analytics = receive();
      await bus.subscribe(target, analytics.handle);
      await joined();
      await bus.publish(target, [sampleMessage(1)]);

      await withKafka(url, (admin) => admin.deleteTopics({ topics: [target.topic] }));

      await eventually(
        async () => {
          await bus.publish(target, [sampleMessage(2)]);
          expect(analytics.ids()).toContain('m-2');
        },
        { timeoutMs: 40_000 },
      );
    });

    it('keeps the order when a handler fails over and over under load', async () => {
      let calls = 0;
      const stream = createTestStream(bus, target);
      await bus.subscribe({ ...target, prefetch: 20 }, async (batch) => {
        calls += 1;
        if (calls % 5 === 0) throw new Error('every fifth');
        stream.take(batch);
      });

      await stream.publishTo(400);

      await stream.complete();
      expect(stream.gaps).toEqual([]);
    });

    it('keeps the order while members come and go under load', async () => {
      const stream = createTestStream(bus, target);
      const take = () =>
        bus.subscribe({ ...target, prefetch: 20 }, async (batch) => {
          await new Promise(setImmediate);
          stream.take(batch);
        });
      const publishing = stream.publishTo(1_000);

      let staying = await take();
      for (const share of [200, 400, 600]) {
        await eventually(() => {
          expect(stream.cursor).toBeGreaterThan(share);
        });
        const next = await take();
        await staying.close();
        staying = next;
      }
      await publishing;

      await stream.complete();
      expect(stream.gaps).toEqual([]);
    });

    it('refuses nothing when the broker is not there yet, and says that it is away', async () => {
      const early = open('early', 'kafka://127.0.0.1:1');

      await early.subscribe(target, receive().handle);
      await expect(early.ping()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(early.publish(target, [sampleMessage(1)])).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}

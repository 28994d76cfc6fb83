import { randomUUID } from 'node:crypto';
import { createEvent, decodeKafka, encodeKafka } from '@fanfare/cloudevents';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import { readKafkaTopic, removeKafkaTopic, withKafka, type ReadRecord } from '../../testing/kafka-broker';
import { openRecordProducer, type OutgoingRecord, type RecordProducer } from './record-producer';

const clock = createSystemClock();
const url = process.env['TEST_KAFKA_URL'];

function eventRecord(position: number, key = 'o-1'): OutgoingRecord {
  return {
    key,
    value: Buffer.from(`{"position":${position}}`),
    headers: {
      ce_specversion: '1.0',
      ce_id: `e-${position}`,
      ce_subject: key,
      ce_position: String(position),
    },
  };
}

const events = (from: number, to: number, keyOf: (position: number) => string = () => 'o-1') =>
  Array.from({ length: to - from + 1 }, (_, index) => eventRecord(from + index, keyOf(from + index)));

const positionsOf = (records: readonly ReadRecord[], key: string) =>
  records.filter((record) => record.key === key).map(({ headers }) => Number(headers['ce_position']));

describeAdapter(
  { name: 'Kafka', underTest: url ? { url } : { missing: 'TEST_KAFKA_URL is not set' } },
  declareRecordProducerTests,
);

function declareRecordProducerTests({ url }: { readonly url: string }): void {
  describe('the record producer', () => {
    let topic: string;
    let producer: RecordProducer;

    beforeEach(() => {
      topic = `test-${randomUUID()}`;
      producer = openRecordProducer(url, { clock, name: 'test' });
    });

    afterEach(async () => {
      await producer.close();
      await removeKafkaTopic(url, topic, []);
    });

    it('creates the topic and carries an event as it was encoded', async () => {
      const event = createEvent({
        source: '/orders',
        type: 'order.created',
        subject: 'ключ-🧾',
        data: { a: 1 },
      });

      await producer.send(topic, [encodeKafka(event, 'binary', { key: 'ключ-🧾' })]);

      const [record] = await readKafkaTopic(url, topic, 1);
      expect(record).toMatchObject({ partition: 0, key: 'ключ-🧾' });
      expect(record && decodeKafka(record)).toEqual(event);
    });

    it('sends records that have no key or no value', async () => {
      await producer.send(topic, [{ key: null, value: null, headers: { ce_id: 'e-1' } }]);

      const records = await readKafkaTopic(url, topic, 1);
      expect(records).toEqual([{ partition: 0, key: null, value: null, headers: { ce_id: 'e-1' } }]);
    });

    it('keeps the order of each key across partitions and across calls', async () => {
      await withKafka(url, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 3 }] }));
      const keyOf = (position: number) => `o-${position % 5}`;

      await Promise.all([
        producer.send(topic, events(1, 200, keyOf)),
        producer.send(topic, events(201, 300, keyOf)),
        producer.send(topic, events(301, 500, keyOf)),
      ]);

      const records = await readKafkaTopic(url, topic, 500);
      expect(new Set(records.map(({ partition }) => partition)).size).toBeGreaterThan(1);
      for (const key of ['o-0', 'o-1', 'o-2', 'o-3', 'o-4']) {
        const expected = events(1, 500, keyOf).filter((record) => record.key === key);
        expect(positionsOf(records, key)).toEqual(
          expected.map(({ headers }) => Number(headers['ce_position'])),
        );
      }
    });

    it('goes on when a deleted topic has to be created again', async () => {
      await producer.send(topic, [eventRecord(1)]);
      await withKafka(url, (admin) => admin.deleteTopics({ topics: [topic] }));

      await eventually(() => producer.send(topic, [eventRecord(2)]), { timeoutMs: 40_000 });

      expect(positionsOf(await readKafkaTopic(url, topic, 1), 'o-1')).toContain(2);
    });

    it('answers a ping, finishes what is under way when it closes, and refuses what comes later', async () => {
      await producer.ping();

      const sending = producer.send(topic, events(1, 100));
      await producer.close();
      await producer.close();

      await expect(sending).resolves.toBeUndefined();
      await expect(producer.send(topic, [eventRecord(101)])).rejects.toMatchObject({ code: 'unavailable' });
      expect(positionsOf(await readKafkaTopic(url, topic, 100), 'o-1')).toHaveLength(100);
    });

    it('reaches the cluster through whichever of its brokers is there', async () => {
      const urls = url.replace('kafka://', 'kafka://127.0.0.1:1,');
      const other = openRecordProducer(urls, { clock, name: 'test' });

      for (let round = 0; round < 5; round += 1) await other.ping();
      await other.send(topic, [eventRecord(1)]);
      await other.close();

      expect(positionsOf(await readKafkaTopic(url, topic, 1), 'o-1')).toEqual([1]);
    });

    it('says that the broker is away', async () => {
      const early = openRecordProducer('kafka://127.0.0.1:1', { clock, name: 'test' });

      await expect(early.ping()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(early.send(topic, [eventRecord(1)])).rejects.toMatchObject({ code: 'unavailable' });
      await early.close();
    });
  });
}

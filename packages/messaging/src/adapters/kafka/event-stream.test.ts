import { decodeKafka } from '@fanfare/cloudevents';
import { eventBatchType, singleEventType } from '../../events/event-codec';
import { orderCreatedEvent } from '../../testing/messaging-fixture';
import { createEventStream } from './event-stream';
import type { OutgoingRecord } from './record-producer';

describe('a stream of events', () => {
  it('has each event of a message as a record of its own, in order, with its subject as the key', async () => {
    const sent: { readonly topic: string; readonly records: readonly OutgoingRecord[] }[] = [];
    const stream = createEventStream(
      { send: (topic, records) => Promise.resolve(void sent.push({ topic, records })) },
      'order-events',
    );
    const [first, second, third] = ['a', 'b', 'c'].map((id) => orderCreatedEvent(`order-${id}`, { id }));
    const message = (contentType: string, content: unknown, count: number) => ({
      partition: 0,
      id: 'm',
      contentType,
      count,
      body: Buffer.from(JSON.stringify(content)),
    });

    await stream.publish({ topic: 'orders', partitions: 1 }, [
      message(eventBatchType, [first, second], 2),
      message(singleEventType, third, 1),
    ]);

    const records = sent.flatMap((call) => call.records);
    expect(sent.map(({ topic }) => topic)).toEqual(['order-events']);
    expect(records.map(({ key }) => key)).toEqual(['order-a', 'order-b', 'order-c']);
    expect(records.map((record) => decodeKafka(record))).toMatchObject([first, second, third]);
  });
});

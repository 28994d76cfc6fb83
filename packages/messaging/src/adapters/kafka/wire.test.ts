import type { IHeaders, KafkaMessage } from 'kafkajs';
import { sampleMessage } from '../../testing/received';
import { toDelivery, toRecord } from './wire';

/** What kafkajs hands over; only what is read here. */
function kafkaMessage(value: Buffer | null, headers?: IHeaders): KafkaMessage {
  return { value, headers } as KafkaMessage;
}

describe('a message as a Kafka record', () => {
  it('lies in its partition, without a key, with content type, id, count and sequence beside the body', () => {
    const message = sampleMessage(7, { partition: 2, count: 3 });

    expect(toRecord(message)).toEqual({
      partition: 2,
      value: message.body,
      headers: { 'content-type': 'application/cloudevents+json', id: 'm-7', count: '3', sequence: '7' },
    });
  });

  it('carries no sequence when the message has none', () => {
    expect(toRecord(sampleMessage(7, { sequence: undefined })).headers).not.toHaveProperty('sequence');
  });

  it.each<[string, IHeaders | undefined]>([
    ['no headers', undefined],
    ['empty headers', {}],
    ['words for numbers', { sequence: Buffer.from('first'), count: Buffer.from('many') }],
    ['zero and less', { sequence: Buffer.from('0'), count: Buffer.from('-1') }],
    ['fractions and beyond', { sequence: Buffer.from('1.5'), count: Buffer.from('1e999') }],
    ['headers that come twice', { id: [Buffer.from('a'), Buffer.from('b')], sequence: [Buffer.from('1')] }],
    ['headers without a value', { id: undefined, sequence: Buffer.alloc(0) }],
  ])('of a foreign producer with %s is one unnumbered event', (_, headers) => {
    expect(toDelivery(kafkaMessage(Buffer.from('body'), headers), 2)).toEqual({
      partition: 2,
      id: '',
      contentType: 'application/octet-stream',
      body: Buffer.from('body'),
      sequence: undefined,
      count: 1,
    });
  });

  it('has an empty body when the record has no value', () => {
    expect(toDelivery(kafkaMessage(null), 0).body).toEqual(Buffer.alloc(0));
  });
});

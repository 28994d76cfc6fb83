import type { ConsumeMessage } from 'amqplib';
import { sampleMessage } from '../../testing/received';
import { toDelivery, toProperties } from './wire';

/** What amqplib hands over; only what is read here. */
function amqpMessage(properties: object): ConsumeMessage {
  return { content: Buffer.from('body'), fields: {}, properties } as ConsumeMessage;
}

describe('a message on the wire', () => {
  it('is persistent and carries id, content type, sequence and count', () => {
    expect(toProperties(sampleMessage(7, { count: 3 }))).toEqual({
      persistent: true,
      mandatory: true,
      messageId: 'm-7',
      contentType: 'application/cloudevents+json',
      headers: { sequence: 7, count: 3 },
    });
  });

  it('carries no sequence when the message has none', () => {
    expect(toProperties(sampleMessage(7, { sequence: undefined })).headers).toEqual({ count: 1 });
  });

  it.each([
    ['no properties', {}],
    ['no headers', { headers: undefined }],
    ['texts', { headers: { sequence: '7', count: 'many' } }],
    ['zero and less', { headers: { sequence: 0, count: -1 } }],
    ['fractions and beyond', { headers: { sequence: 1.5, count: Number.POSITIVE_INFINITY } }],
    ['tables, lists and times', { headers: { sequence: { '!': 'timestamp', value: 7 }, count: [2], id: 7 } }],
    ['nothing', { headers: { sequence: null, count: true } }],
  ])('of a foreign producer with %s is one unnumbered event', (_, properties) => {
    expect(toDelivery(amqpMessage(properties), 2)).toEqual({
      partition: 2,
      id: '',
      contentType: 'application/octet-stream',
      body: Buffer.from('body'),
      sequence: undefined,
      count: 1,
    });
  });
});

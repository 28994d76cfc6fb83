import { createEvent, encodeKafka } from '@fanfare/cloudevents';
import { PermanentError } from '@fanfare/core';
import { readCommand } from './command';

const event = createEvent({
  type: 'send_message',
  source: '/test',
  correlationid: 'c-1',
  data: { mediator: 'm', sender_id: 'a', message: { n: 1 } },
});

/** As kafkajs hands it over. */
function received(mode: 'binary' | 'structured', parts: object = {}) {
  const { value, headers } = encodeKafka({ ...event, ...parts }, mode, { key: 'm' });
  return { value: Buffer.from(value ?? ''), headers };
}

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('a command', () => {
  it.each(['binary', 'structured'] as const)('is read from an event in %s mode', (mode) => {
    const { id, data } = event;

    expect(readCommand(received(mode))).toMatchObject({
      id,
      type: 'send_message',
      correlationid: 'c-1',
      data,
    });
  });

  it.each([
    ['no event', { value: Buffer.from('hello'), headers: {} }],
    ['no JSON', { value: Buffer.from('{'), headers: { 'content-type': 'application/cloudevents+json' } }],
    ['nothing', { value: null, headers: undefined }],
    ['of no type that is known', received('binary', { type: 'com.fanfare.order.created.v1' })],
    ['of an id that nobody could keep', received('binary', { id: 'x'.repeat(129) })],
    ['data that nobody could write again', received('structured', { data: nested(1_500) })],
  ])('cannot be read from %s', (_, record) => {
    expect(() => readCommand(record)).toThrow(PermanentError);
  });
});

import fc from 'fast-check';
import type { IHeaders, KafkaMessage as KafkajsReceived, Message as KafkajsMessage } from 'kafkajs';
import type { CloudEvent } from '../event/cloud-event';
import { InvalidEventError } from '../event/validate-event';
import { arbitraryEvent } from '../testing/arbitrary-event';
import { asUntyped } from '../testing/as-untyped';
import { problemsOf } from '../testing/problems-of';
import { UnsupportedMediaTypeError } from './content-mode';
import { decodeKafka, encodeKafka, type KafkaMessage } from './kafka';

const minimal = { specversion: '1.0', id: 'e-1', source: '/orders', type: 'order.created' } as const;
const minimalHeaders = {
  ce_specversion: '1.0',
  ce_id: 'e-1',
  ce_source: '/orders',
  ce_type: 'order.created',
};

/** What a consumer of kafkajs gets of a record that a producer of kafkajs was given. */
function overKafka({ value, headers }: KafkajsMessage): Pick<KafkajsReceived, 'value' | 'headers'> {
  const received = Object.entries(headers ?? {}).map(([name, text]) => [name, Buffer.from(String(text))]);
  return {
    value: value === null ? null : Buffer.from(value),
    headers: Object.fromEntries(received) as IHeaders,
  };
}

describe('Kafka binding', () => {
  it('gives back any valid event in binary mode, as strings what has no type', () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const message = encodeKafka(event, 'binary');

        expect(decodeKafka(message)).toStrictEqual(asUntyped(event));
        expect(decodeKafka(overKafka(message))).toStrictEqual(asUntyped(event));
      }),
    );
  });

  it('gives back any valid event in structured mode as it was', () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const message = encodeKafka(event, 'structured');

        expect(message.headers).toEqual({ 'content-type': 'application/cloudevents+json' });
        expect(decodeKafka(overKafka(message))).toStrictEqual(event);
      }),
    );
  });

  it('writes attributes as they are, without percent-encoding', () => {
    const event: CloudEvent = {
      ...minimal,
      subject: 'naïve "100%"',
      tries: 3,
      datacontenttype: 'text/plain',
    };

    expect(encodeKafka({ ...event, data: 'é' }, 'binary')).toEqual({
      key: null,
      value: 'é',
      headers: {
        ...minimalHeaders,
        ce_subject: 'naïve "100%"',
        ce_tries: '3',
        'content-type': 'text/plain',
      },
    });
  });

  it.each(['binary', 'structured'] as const)(
    'takes the partitionkey as key in %s mode, and keeps it',
    (mode) => {
      const event = { ...minimal, partitionkey: 'customer-7' };
      const message = encodeKafka(event, mode);

      expect(message.key).toBe('customer-7');
      expect(decodeKafka(message)).toEqual(event);
      expect(encodeKafka(event, mode, { key: 'mine' }).key).toBe('mine');
      expect(encodeKafka(event, mode, { key: null }).key).toBeNull();
      expect(encodeKafka(minimal, mode).key).toBeNull();
    },
  );

  it('writes a tombstone for an event without data, in binary mode only', () => {
    expect(encodeKafka(minimal, 'binary').value).toBeNull();
    expect(encodeKafka({ ...minimal, data: null }, 'binary').value).toBe('null');
    expect(encodeKafka({ ...minimal, datacontenttype: 'text/plain', data: '' }, 'binary').value).toBe('');
    expect(encodeKafka(minimal, 'structured').value).toBe(JSON.stringify(minimal));
  });

  it.each([
    [
      'bytes that are not UTF-8',
      { ce_subject: Buffer.from([0xff]) },
      'subject',
      'must be one header in UTF-8',
    ],
    ['a header that is there twice', { ce_id: ['a', 'b'] }, 'id', 'must be one header in UTF-8'],
    ['a wrong attribute', { ce_subject: '' }, 'subject', 'must be a non-empty string'],
    ['data as an attribute', { ce_data: '1' }, 'data', 'must not be in a header'],
  ])('refuses %s', (_, headers, attribute, reason) => {
    const message = { value: null, headers: { ...minimalHeaders, ...headers } };

    expect(problemsOf(() => decodeKafka(message))).toEqual([{ attribute, reason }]);
  });

  it.each([
    ['no headers', {}],
    ['headers of its own', { headers: { 'content-type': 'application/json' } }],
    ['a batch', { headers: { ...minimalHeaders, 'content-type': 'application/cloudevents-batch+json' } }],
    ['another format', { headers: { ...minimalHeaders, 'content-type': 'application/cloudevents+avro' } }],
  ])('finds no event in a record with %s', (_, rest) => {
    expect(() => decodeKafka({ value: '[]', ...rest })).toThrow(UnsupportedMediaTypeError);
  });

  it('takes the type of data from content-type before ce_datacontenttype', () => {
    const headers = { ...minimalHeaders, ce_datacontenttype: 'text/plain' };

    expect(decodeKafka({ value: Buffer.from('1'), headers })).toMatchObject({ data: '1' });
    expect(
      decodeKafka({ value: Buffer.from('1'), headers: { ...headers, 'content-type': 'application/json' } }),
    ).toMatchObject({ datacontenttype: 'application/json', data: 1 });
  });

  it('refuses a structured event without value', () => {
    const headers = { 'content-type': Buffer.from('application/cloudevents+json') };

    expect(() => decodeKafka({ value: null, headers })).toThrow(InvalidEventError);
  });

  it('has the shape that kafkajs takes and gives', () => {
    const toKafkajs = (message: KafkaMessage): KafkajsMessage => message;
    const fromKafkajs = (message: Pick<KafkajsReceived, 'value' | 'headers'>) => decodeKafka(message);

    expect(fromKafkajs(overKafka(toKafkajs(encodeKafka(minimal, 'binary'))))).toEqual(minimal);
  });
});

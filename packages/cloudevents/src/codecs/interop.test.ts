import { CloudEvent as SdkEvent, HTTP, Kafka, type Message } from 'cloudevents';
import type { CloudEvent } from '../event/cloud-event';
import { asUntyped } from '../testing/as-untyped';
import { problemsOf } from '../testing/problems-of';
import { decodeHttp, encodeHttp, encodeHttpBatch } from './http';
import type { HttpMessage } from './http-message';
import { decodeKafka, encodeKafka, type KafkaMessage } from './kafka';

const minimal = {
  specversion: '1.0',
  id: 'e-1',
  source: '/orders',
  type: 'order.created',
  time: '2026-01-01T00:00:00.125Z',
  partitionkey: 'customer-7',
} as const;

type SdkReadable = CloudEvent & ConstructorParameters<typeof SdkEvent>[0];

const events: readonly (readonly [string, SdkReadable])[] = [
  ['no data', { ...minimal, subject: 'order/7', datacontenttype: 'application/json' }],
  ['JSON', { ...minimal, datacontenttype: 'application/json', data: { a: [1, 'é', null] } }],
  ['text', { ...minimal, datacontenttype: 'text/plain', data: 'é' }],
  ['bytes', { ...minimal, datacontenttype: 'application/octet-stream', data: new Uint8Array([0, 255]) }],
  ['extensions', { ...minimal, tries: 3, last: false, note: 'a', datacontenttype: 'text/plain', data: 'b' }],
];

/** An event of either side without what makes no difference: what is undefined, and the kind of array that bytes are. */
function plain(event: unknown): unknown {
  const { data, ...attributes } = { ...(event as CloudEvent), data_base64: undefined };
  const bytes = data instanceof Uint8Array || data instanceof Uint32Array ? Array.from(data) : undefined;
  return JSON.parse(JSON.stringify({ ...attributes, data: bytes ?? data }));
}

/** A message of the SDK as text and bytes, which it leaves numbers and JSON to become later. */
function sent({ headers, body }: Message): { headers: Record<string, string>; body: Uint8Array } {
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  const isPlain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const bytes = isPlain ? Buffer.from(body ?? '') : Buffer.from(JSON.stringify(body));
  return { headers: Object.fromEntries(texts), body: bytes };
}

/** A message of ours as it comes out of the usual body parsers: an empty body is none. */
function received({ headers, body }: HttpMessage): Message {
  return { headers: { ...headers }, body: body.length === 0 ? undefined : body };
}

/** A record of ours for the SDK, which wants `body` to be there too. */
function record(message: KafkaMessage): Message {
  return Object.assign({ body: message.value }, message);
}

describe('the official SDK reads what we write', () => {
  it.each(events)('over HTTP in binary mode: %s', (_, event) => {
    expect(plain(HTTP.toEvent(received(encodeHttp(event, 'binary'))))).toEqual(plain(asUntyped(event)));
  });

  it.each(events)('over HTTP in structured mode: %s', (_, event) => {
    expect(plain(HTTP.toEvent(received(encodeHttp(event, 'structured'))))).toEqual(plain(event));
  });

  it('over HTTP in batch mode', () => {
    const batch = events.map(([, event]) => event);

    expect([HTTP.toEvent(received(encodeHttpBatch(batch)))].flat().map(plain)).toEqual(batch.map(plain));
  });

  it.each(events.filter(([, { data }]) => data !== undefined))(
    'over Kafka in binary mode: %s',
    (_, event) => {
      expect(plain(Kafka.toEvent(record(encodeKafka(event, 'binary'))))).toEqual(plain(asUntyped(event)));
    },
  );

  it.each(events)('over Kafka in structured mode: %s', (_, event) => {
    expect(plain(Kafka.toEvent(record(encodeKafka(event, 'structured'))))).toEqual(plain(event));
  });

  it('but for attributes that need percent-encoding, which it does not undo', () => {
    const message = received(encodeHttp({ ...minimal, subject: 'naïve 100%' }, 'binary'));

    expect(plain(HTTP.toEvent(message))).toMatchObject({ subject: 'na%C3%AFve%20100%25' });
  });

  it('but for records without value, which it refuses', () => {
    expect(() => Kafka.toEvent(record(encodeKafka(minimal, 'binary')))).toThrow('Value is null');
  });
});

describe('we read what the official SDK writes', () => {
  it.each(events)('over HTTP in binary mode: %s', (_, event) => {
    const { headers, body } = sent(HTTP.binary(new SdkEvent(event)));

    expect(decodeHttp(headers, body).events.map(plain)).toEqual([plain(asUntyped(event))]);
  });

  it.each(events)('over HTTP in structured mode: %s', (_, event) => {
    const { headers, body } = sent(HTTP.structured(new SdkEvent(event)));

    expect(decodeHttp(headers, body).events.map(plain)).toEqual([plain(event)]);
  });

  it('over HTTP in batch mode, which it leaves to JSON.stringify', () => {
    const batch = events.map(([, event]) => new SdkEvent(event));
    const headers = { 'content-type': 'application/cloudevents-batch+json' };

    expect(decodeHttp(headers, JSON.stringify(batch)).events.map(plain)).toEqual(
      events.map(([, event]) => plain(event)),
    );
  });

  it.each(events)('over Kafka in binary mode: %s', (_, event) => {
    const { headers, body } = sent(Kafka.binary(new SdkEvent(event)));
    const value = event.data === undefined ? null : body;

    expect(plain(decodeKafka({ headers, value }))).toEqual(plain(asUntyped(event)));
  });

  it.each(events)('over Kafka in structured mode: %s', (_, event) => {
    const { headers, body } = sent(Kafka.structured(new SdkEvent(event)));

    expect(plain(decodeKafka({ headers, value: body }))).toEqual(plain(event));
  });

  it('but for attributes that it should have percent-encoded', () => {
    const { headers, body } = sent(HTTP.binary(new SdkEvent({ ...minimal, subject: 'naïve 100%' })));

    expect(headers['ce-subject']).toBe('naïve 100%');
    expect(problemsOf(() => decodeHttp(headers, body)).map(({ attribute }) => attribute)).toEqual([
      'subject',
    ]);
  });

  it('but for a string as JSON, which it leaves without quotes', () => {
    const { headers, body } = sent(HTTP.binary(new SdkEvent({ ...minimal, data: 'text' })));

    expect(problemsOf(() => decodeHttp(headers, body)).map(({ attribute }) => attribute)).toEqual(['data']);
  });
});

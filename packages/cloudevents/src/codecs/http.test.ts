import fc from 'fast-check';
import type { CloudEvent } from '../event/cloud-event';
import { InvalidEventError } from '../event/validate-event';
import { arbitraryEvent, arbitraryText } from '../testing/arbitrary-event';
import { asUntyped } from '../testing/as-untyped';
import { problemsOf } from '../testing/problems-of';
import { UnsupportedMediaTypeError, decodeHttp, encodeHttp, encodeHttpBatch } from './http';

const minimal = { specversion: '1.0', id: 'e-1', source: '/orders', type: 'order.created' } as const;
const minimalHeaders = {
  'ce-specversion': '1.0',
  'ce-id': 'e-1',
  'ce-source': '/orders',
  'ce-type': 'order.created',
};

describe('HTTP binary mode', () => {
  it('gives back any valid event but for what HTTP cannot tell', () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const { headers, body } = encodeHttp(event, 'binary');

        const expected = { mode: 'binary', events: [afterHttp(event)] };
        expect(decodeHttp(headers, body)).toStrictEqual(expected);
        expect(decodeHttp(headers, Buffer.from(body))).toStrictEqual(expected);
      }),
    );
  });

  it('puts attributes into headers, datacontenttype into Content-Type, and data into the body', () => {
    const event = {
      ...minimal,
      subject: 'naïve "100%"',
      datacontenttype: 'application/json; charset=utf-8',
      tries: 3,
      last: false,
      absent: undefined,
      data: { a: 1 },
    };

    expect(encodeHttp(event, 'binary')).toEqual({
      headers: {
        ...minimalHeaders,
        'ce-subject': 'na%C3%AFve%20%22100%25%22',
        'ce-tries': '3',
        'ce-last': 'false',
        'content-type': 'application/json; charset=utf-8',
      },
      body: '{"a":1}',
    });
  });

  it('names the type that JSON data without one stands for', () => {
    const { headers } = encodeHttp({ ...minimal, data: 'text' }, 'binary');

    expect(headers).toEqual({ ...minimalHeaders, 'content-type': 'application/json' });
  });

  it('carries bytes as they are, without a type when they have none', () => {
    const data = new Uint8Array([0, 255]);
    const message = encodeHttp({ ...minimal, data }, 'binary');

    expect(message).toEqual({ headers: minimalHeaders, body: data });
    expect(decodeHttp(message.headers, message.body).events).toStrictEqual([{ ...minimal, data }]);
  });

  it('takes an empty body for no data where no type says what is empty', () => {
    expect(decodeHttp(minimalHeaders, Buffer.from('')).events).toStrictEqual([minimal]);
    expect(decodeHttp({ ...minimalHeaders, 'content-type': 'text/csv' }, '').events).toStrictEqual([
      { ...minimal, datacontenttype: 'text/csv', data: '' },
    ]);
  });

  it('reads header names in any case', () => {
    const headers = { 'CE-SpecVersion': '1.0', 'Ce-ID': 'e-1', 'ce-Source': '/orders', 'ce-type': 't' };

    expect(decodeHttp(headers, '').events).toEqual([{ ...minimal, type: 't' }]);
  });

  it.each([
    ['ce-id', '100%', 'id', 'must be one header of printable ASCII, with UTF-8 percent-encoded'],
    ['ce-subject', 'é', 'subject', 'must be one header of printable ASCII, with UTF-8 percent-encoded'],
    ['ce-id', ['a', 'b'], 'id', 'must be one header of printable ASCII, with UTF-8 percent-encoded'],
    ['CE-ID', 'e-2', 'id', 'must be one header of printable ASCII, with UTF-8 percent-encoded'],
    ['ce-datacontenttype', 'text/plain', 'datacontenttype', 'must be in the Content-Type header'],
    ['ce-data', '1', 'data', 'must not be in a header'],
    ['ce-data_base64', 'AA==', 'data_base64', 'belongs to the JSON format only: put a Uint8Array into data'],
    ['ce-__proto__', 'x', '__proto__', 'must be named with lower-case letters a-z and digits only'],
    ['ce-', 'x', '', 'must be named with lower-case letters a-z and digits only'],
    ['ce-my-name', 'x', 'my-name', 'must be named with lower-case letters a-z and digits only'],
    ['ce-subject', '', 'subject', 'must be a non-empty string'],
    [
      'ce-subject',
      'a%0Ab',
      'subject',
      'must be without control characters, noncharacters and lone surrogates',
    ],
    [
      'content-type',
      ['a/b', 'a/c'],
      'datacontenttype',
      'must be one header of printable ASCII, with UTF-8 percent-encoded',
    ],
    ['content-type', 'json', 'datacontenttype', 'must be a media type (RFC 2046), like application/json'],
  ])('refuses the header %s: %j', (name, value, attribute, reason) => {
    expect(problemsOf(() => decodeHttp({ ...minimalHeaders, [name]: value }, ''))).toEqual([
      { attribute, reason },
    ]);
  });

  it('names everything that is wrong in one error', () => {
    const headers = {
      'ce-specversion': '0.3',
      'ce-source': '%',
      'ce-type': 't',
      'content-type': 'text/json',
    };

    expect(problemsOf(() => decodeHttp(headers, '{')).map(({ attribute }) => attribute)).toEqual([
      'source',
      'data',
      'id',
      'specversion',
    ]);
  });

  it('takes an extension that is named like a member of every object', () => {
    const [event] = decodeHttp({ ...minimalHeaders, 'ce-constructor': 'acme' }, '').events;

    expect(event).toStrictEqual({ ...minimal, constructor: 'acme' });
  });

  it('answers ten thousand wrong headers briefly', () => {
    const wrong = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`ce-x${index}`, '%']));

    expect(problemsOf(() => decodeHttp({ ...minimalHeaders, ...wrong }, ''))).toHaveLength(100);
  });
});

describe('HTTP structured and batch mode', () => {
  it('give back any valid event as it was', () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const { headers, body } = encodeHttp(event, 'structured');

        expect(headers).toEqual({ 'content-type': 'application/cloudevents+json' });
        expect(decodeHttp(headers, body)).toStrictEqual({ mode: 'structured', events: [event] });
        expect(decodeHttp(headers, Buffer.from(body))).toStrictEqual({ mode: 'structured', events: [event] });
      }),
    );
  });

  it('give back any batch as it was', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEvent(), { maxLength: 5 }), (events) => {
        const { headers, body } = encodeHttpBatch(events);

        expect(headers).toEqual({ 'content-type': 'application/cloudevents-batch+json' });
        expect(decodeHttp(headers, Buffer.from(body))).toStrictEqual({ mode: 'batch', events });
      }),
    );
  });

  it('leave attributes in headers aside', () => {
    const headers = { 'content-type': 'application/cloudevents+json', 'ce-id': 'other', 'ce-x': '%' };

    expect(decodeHttp(headers, JSON.stringify(minimal)).events).toEqual([minimal]);
  });

  it.each([
    ['application/cloudevents+json; charset=utf-8', 'structured'],
    ['Application/CloudEvents+JSON;charset="UTF-8"', 'structured'],
    ['application/cloudevents+json; charset=iso-8859-1', 'structured'],
    ['application/cloudevents-batch+json; charset=utf-8', 'batch'],
  ])('take %s as %s', (contentType, mode) => {
    const body = Buffer.from(JSON.stringify(mode === 'batch' ? [minimal] : minimal));

    expect(decodeHttp({ 'content-type': contentType }, body)).toEqual({ mode, events: [minimal] });
  });

  it.each([
    ['application/cloudevents+json', Buffer.from('{'), 'event', 'must be well-formed JSON'],
    ['application/cloudevents-batch+json', Buffer.from('['), 'batch', 'must be well-formed JSON'],
    ['application/cloudevents+json', Buffer.from([0xff]), 'event', 'must be UTF-8'],
    ['application/cloudevents-batch+json', Buffer.from('[{}, 1]'), '[1].event', 'must be an object'],
  ])('refuse as %s: %j %s %s', (contentType, body, attribute, reason) => {
    expect(problemsOf(() => decodeHttp({ 'content-type': contentType }, body))).toContainEqual({
      attribute,
      reason,
    });
  });
});

describe('decodeHttp', () => {
  it.each([
    [{}],
    [{ 'content-type': 'application/json' }],
    [{ 'content-type': 'application/cloudevents' }],
    [{ 'content-type': 'application/cloudevents+avro' }],
    [{ 'content-type': 'application/cloudevents-batch+protobuf' }],
    [{ 'content-type': 'application/cloudevents+json; charset=utf-16' }],
    [{ ...minimalHeaders, 'content-type': 'application/cloudevents+xml' }],
  ])('finds no event that it can read in %j', (headers) => {
    expect(() => decodeHttp(headers, Buffer.from('{}'))).toThrow(UnsupportedMediaTypeError);
  });

  it('answers any headers and bytes with events, or one of its two errors', () => {
    const name = fc.oneof(
      fc.constantFrom('content-type', 'ce-id', 'ce-source', 'ce-time', 'ce-data', 'ce-__proto__', 'CE-ID'),
      fc.string().map((text) => `ce-${text}`),
      fc.string(),
    );
    const value = fc.oneof(
      fc.constantFrom(
        'application/json',
        'text/plain; charset=latin1',
        'application/cloudevents+json',
        '%E2',
      ),
      fc.constantFrom('application/cloudevents-batch+json', 'application/cloudevents+json;charset=ascii'),
      arbitraryText({ minLength: 0 }),
      fc.string({ unit: 'binary' }),
      fc.array(fc.string()),
    );
    const headers = fc.tuple(fc.dictionary(name, value), fc.boolean());
    const body = fc.oneof(
      fc.uint8Array(),
      fc.json().map((json) => Buffer.from(json)),
    );

    fc.assert(
      fc.property(headers, body, ([random, isNearlyValid], bytes) => {
        try {
          decodeHttp(isNearlyValid ? { ...minimalHeaders, ...random } : random, bytes);
        } catch (error) {
          expect([InvalidEventError, UnsupportedMediaTypeError]).toContain(
            error instanceof Error ? error.constructor : undefined,
          );
        }
      }),
    );
  });
});

/** Over HTTP no data and empty data are one: empty where a type says what is empty, but for JSON, which is never empty. */
function afterHttp(event: CloudEvent): CloudEvent {
  const { data, ...attributes } = asUntyped(event);
  const { datacontenttype = '' } = attributes;
  const isEmpty = data === undefined || data === '' || (data instanceof Uint8Array && data.length === 0);
  if (!isEmpty || datacontenttype.includes('json'))
    return data === undefined ? attributes : { ...attributes, data };
  if (datacontenttype === '') return attributes;
  return { ...attributes, data: /text|xml/.test(datacontenttype) ? '' : new Uint8Array() };
}

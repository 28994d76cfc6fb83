import fc from 'fast-check';
import { arbitraryEvent } from '../testing/arbitrary-event';
import { assertEvent, findEventProblems, InvalidEventError } from './validate-event';

const minimal = { specversion: '1.0', id: 'e-1', source: '/orders', type: 'order.created' };

describe('validation of an event', () => {
  it('takes any valid event', () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        expect(findEventProblems(event)).toEqual([]);
      }),
    );
  });

  it.each<Record<string, unknown>>([
    { subject: undefined },
    { id: '😀 "quoted" 100%' },
    { subject: 'x'.repeat(100_000) },
    { extension: '' },
    { thisnameismuchlongerthantwentycharacters: 'yes' },
    { constructor: 'yes', 1: 'digits' },
    { low: -2147483648, high: 2147483647, flag: false },
    { data: null },
    { datacontenttype: 'text/plain' },
    { datacontenttype: 'text/plain', data: '' },
    { datacontenttype: 'application/json', data: new Uint8Array() },
    { data: '\ud800' },
  ])('takes %j', (attributes) => {
    expect(findEventProblems({ ...minimal, ...attributes })).toEqual([]);
  });

  it.each([
    ['specversion', undefined, 'is required'],
    ['specversion', '0.3', "must be '1.0'"],
    ['id', undefined, 'is required'],
    ['id', null, 'must be a non-empty string'],
    ['id', '', 'must be a non-empty string'],
    ['id', 25, 'must be a non-empty string'],
    ['id', 'a\nb', 'must be without control characters, noncharacters and lone surrogates'],
    ['type', '\u0085', 'must be without control characters, noncharacters and lone surrogates'],
    ['subject', '\ud800x', 'must be without control characters, noncharacters and lone surrogates'],
    ['subject', '', 'must be a non-empty string'],
    ['source', '', 'must be a URI reference (RFC 3986), like /orders or https://example.com/orders'],
    ['source', 'a b', 'must be a URI reference (RFC 3986), like /orders or https://example.com/orders'],
    ['time', new Date(0), 'must be an RFC 3339 time with seconds and offset, like 2018-04-05T17:31:00Z'],
    ['datacontenttype', 'xyz', 'must be a media type (RFC 2046), like application/json'],
    [
      'dataschema',
      '/schema',
      'must be an absolute URI without a fragment (RFC 3986 §4.3), like https://example.com/order.json',
    ],
    ['data_base64', 'TWE=', 'belongs to the JSON format only: put a Uint8Array into data'],
    ['extension', '\ufdd0', 'must be without control characters, noncharacters and lone surrogates'],
    ['extension', '\u{1ffff}', 'must be without control characters, noncharacters and lone surrogates'],
    ['extension', 1.5, 'must be a string, a boolean or an integer of 32 bits'],
    ['extension', 2147483648, 'must be a string, a boolean or an integer of 32 bits'],
    ['extension', NaN, 'must be a string, a boolean or an integer of 32 bits'],
    ['extension', null, 'must be a string, a boolean or an integer of 32 bits'],
    ['extension', {}, 'must be a string, a boolean or an integer of 32 bits'],
    ['myExtension', 'x', 'must be named with lower-case letters a-z and digits only'],
    ['my_extension', 'x', 'must be named with lower-case letters a-z and digits only'],
    ['é', 'x', 'must be named with lower-case letters a-z and digits only'],
    ['', 'x', 'must be named with lower-case letters a-z and digits only'],
    ['data', Infinity, 'must be a JSON value, or a Uint8Array'],
    ['data', 1n, 'must be a JSON value, or a Uint8Array'],
    ['data', () => 1, 'must be a JSON value, or a Uint8Array'],
  ])('refuses %s %p: %s', (attribute, value, reason) => {
    expect(findEventProblems({ ...minimal, [attribute]: value })).toEqual([{ attribute, reason }]);
  });

  it.each([
    [null, 'must be a string or a Uint8Array, because datacontenttype is not JSON'],
    [{ a: 1 }, 'must be a string or a Uint8Array, because datacontenttype is not JSON'],
    ['\ud800', 'must be without lone surrogates'],
  ])('refuses the text data %j: %s', (data, reason) => {
    expect(findEventProblems({ ...minimal, datacontenttype: 'text/plain', data })).toEqual([
      { attribute: 'data', reason },
    ]);
  });

  it.each([undefined, null, 'event', 1, [], [minimal]])('refuses %j, which is no object', (candidate) => {
    expect(findEventProblems(candidate)).toEqual([{ attribute: 'event', reason: 'must be an object' }]);
  });

  it('names each wrong attribute in one error', () => {
    const candidate: unknown = { ...minimal, id: '', time: 'noon', Name: 'x' };

    expect(() => {
      assertEvent(candidate);
    }).toThrow(
      new InvalidEventError([
        { attribute: 'id', reason: 'must be a non-empty string' },
        {
          attribute: 'time',
          reason: 'must be an RFC 3339 time with seconds and offset, like 2018-04-05T17:31:00Z',
        },
        { attribute: 'Name', reason: 'must be named with lower-case letters a-z and digits only' },
      ]),
    );
  });

  it('refuses an own __proto__, and leaves the prototype out of it', () => {
    const candidate: unknown = JSON.parse(
      '{"specversion":"1.0","__proto__":{"id":"e","source":"/","type":"t"}}',
    );

    expect(findEventProblems(candidate).map(({ attribute }) => attribute)).toEqual([
      'id',
      'source',
      'type',
      '__proto__',
    ]);
  });

  it('answers a huge event briefly', () => {
    const manyNames = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`N${index}`, 1]));

    expect(findEventProblems({ ...minimal, ...manyNames })).toHaveLength(100);
    expect(findEventProblems({ ...minimal, ['N'.repeat(1_000_000)]: 1 })[0]?.attribute).toHaveLength(41);
  });

  it.each(['source', 'time', 'datacontenttype', 'dataschema'])('refuses 30 MB of %s', (attribute) => {
    const huge =
      { source: '%41', time: '0', datacontenttype: 'a/b;c="\\"', dataschema: 'a:' }[attribute] ?? '';
    const candidate = {
      ...minimal,
      [attribute]: huge.padEnd(30_000_000, attribute === 'source' ? '%41' : '\\"'),
    };

    expect(findEventProblems(candidate)).toHaveLength(1);
  });
});

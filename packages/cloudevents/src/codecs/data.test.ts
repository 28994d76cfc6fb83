import { problemsOf } from '../testing/problems-of';
import { decodeData, encodeData } from './data';

const minimal = { specversion: '1.0', id: 'e-1', source: '/orders', type: 'order.created' } as const;

describe('data in binary mode', () => {
  it.each([
    ['application/json', '{"a":[1]}', { a: [1] }],
    ['application/vnd.order+json; v=1', 'null', null],
    ['application/json', '"{}"', '{}'],
    ['application/json', '', undefined],
    ['text/plain', '', ''],
    ['text/csv; charset=UTF-8', '\ufeffé', '\ufeffé'],
    ['application/xml', '<a/>', '<a/>'],
    ['image/png', '', new Uint8Array()],
    ['image/png', 'é', new Uint8Array([0xc3, 0xa9])],
    [undefined, '{}', new Uint8Array([0x7b, 0x7d])],
  ])('of %s is read from %j', (contentType, body, data) => {
    for (const sent of [body, Buffer.from(body)]) {
      expect(decodeData(sent, contentType)).toStrictEqual(data);
    }
  });

  it.each(['text/plain; charset=utf-16le', 'application/json; charset=utf-16le'])(
    'of %s stays bytes',
    (contentType) => {
      expect(decodeData(Buffer.from('e\0'), contentType)).toStrictEqual(new Uint8Array([0x65, 0]));
    },
  );

  it('is the bytes of the body, not a copy', () => {
    const body = Buffer.from('abc');
    const data = decodeData(body, 'image/png');

    body[0] = 0x7a;

    expect(data).toStrictEqual(new Uint8Array([0x7a, 0x62, 0x63]));
  });

  it.each([
    ['text/plain; charset=iso-8859-1', 'é', [0xe9]],
    ['text/plain; charset="latin1"', 'é', [0xe9]],
    ['text/plain; charset=us-ascii', 'e', [0x65]],
    ['text/plain; charset=utf8', 'é', [0xc3, 0xa9]],
    ['application/json; charset=iso-8859-1', 'é', [0x22, 0xe9, 0x22]],
  ])('of %s is written and read in its charset', (datacontenttype, data, bytes) => {
    const body = Buffer.from(encodeData({ ...minimal, datacontenttype, data }) ?? '');

    expect([...body]).toEqual(bytes);
    expect(decodeData(body, datacontenttype)).toBe(data);
  });

  it.each([
    ['text/plain; charset=iso-8859-1', '€', 'data', 'must be ISO-8859-1'],
    ['text/plain; charset=us-ascii', 'é', 'data', 'must be US-ASCII'],
    ['application/json', { amount: 1n }, 'data', 'must be a value that JSON can hold'],
    [
      'text/plain; charset=utf-16',
      'e',
      'datacontenttype',
      'must name the charset UTF-8, US-ASCII or ISO-8859-1, or data must be a Uint8Array',
    ],
  ])('of %s is refused when it cannot be written', (datacontenttype, data, attribute, reason) => {
    expect(problemsOf(() => encodeData({ ...minimal, datacontenttype, data }))).toEqual([
      { attribute, reason },
    ]);
  });

  it.each([
    ['application/json', [0x7b], 'must be well-formed JSON'],
    ['application/json', [0x22, 0xff, 0x22], 'must be UTF-8'],
    ['text/plain', [0xff], 'must be UTF-8'],
    ['text/plain; charset=us-ascii', [0xe9], 'must be US-ASCII'],
  ])('of %s is refused when it is %j: %s', (contentType, bytes, reason) => {
    expect(problemsOf(() => decodeData(Uint8Array.from(bytes), contentType))).toEqual([
      { attribute: 'data', reason },
    ]);
  });
});

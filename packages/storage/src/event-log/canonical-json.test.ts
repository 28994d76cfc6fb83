import fc from 'fast-check';
import { canonicalise } from './canonical-json';

describe('canonical JSON', () => {
  it('is what RFC 8785 §3.2.4 prints for its example', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    };

    expect(canonicalise(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code units, as in RFC 8785 §3.2.3', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];

    const text = canonicalise(Object.fromEntries(names.map((name) => [name, 0])));

    expect(text).toBe('{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}');
  });

  it('is the same text however the members are ordered, and parses to the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());

        expect(canonicalise(turned)).toBe(canonicalise(value));
        expect(JSON.parse(canonicalise(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalise({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  it.each([[NaN], [Infinity], ['\ud800'], [{ '\udc00': 1 }], [() => 1], [[undefined]], [1n]])(
    'refuses %p',
    (value) => {
      expect(() => canonicalise(value)).toThrow(expect.objectContaining({ code: 'invalid' }) as Error);
    },
  );
});

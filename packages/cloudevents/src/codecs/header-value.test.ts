import fc from 'fast-check';
import { arbitraryText } from '../testing/arbitrary-event';
import { decodeHeaderValue, encodeHeaderValue } from './header-value';

describe('the header value of an attribute', () => {
  it('is percent-encoded as the specification shows', () => {
    expect(encodeHeaderValue('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80');
  });

  it.each([
    ['/mycontext/sub?a=b&c=(d)#e', '/mycontext/sub?a=b&c=(d)#e'],
    ["!#$&'()*+,-./:;<=>?@[\\]^_`{|}~", "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"],
    ['100%', '100%25'],
    ['say "hi"', 'say%20%22hi%22'],
    ['a\r\nb\u007f', 'a%0D%0Ab%7F'],
    ['', ''],
  ])('encodes of %j only what must be', (text, value) => {
    expect(encodeHeaderValue(text)).toBe(value);
  });

  it('encodes to printable ASCII without space, and decodes to the same text', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryText(), fc.string({ unit: 'binary' })), (text) => {
        const value = encodeHeaderValue(text);

        expect(value).toMatch(/^[!-~]*$/);
        expect(decodeHeaderValue(value)).toBe(text);
      }),
    );
  });

  it.each([
    ['%e2%82%ac', '€'],
    ['%41%42', 'AB'],
    ['%2541', '%41'],
    ['two words', 'two words'],
    ['"two words"', 'two words'],
    ['"say \\"hi\\" \\\\ %41"', 'say "hi" \\ A'],
    ['back\\slash', 'back\\slash'],
    ['a "b c" d', 'a b c d'],
    ['""', ''],
  ])('decodes %s to %j', (value, text) => {
    expect(decodeHeaderValue(value)).toBe(text);
  });

  it.each([
    ['a percent sign alone', '100%'],
    ['half of an escape', '%4'],
    ['no hexadecimal digits', '%zz'],
    ['an overlong sequence', '%C0%A0'],
    ['a sequence that is cut off', '%E2%82'],
    ['a surrogate', '%ED%A0%80'],
    ['raw UTF-8, as node reads it', 'â\u0082¬'],
    ['a raw letter', 'é'],
    ['a control character', 'a\tb'],
    ['an open quote', '"a'],
    ['an open quote behind an escaped one', '"a\\"'],
    ['an escape of nothing', '"a\\'],
  ])('is refused with %s', (_, value) => {
    expect(decodeHeaderValue(value)).toBeUndefined();
  });
});

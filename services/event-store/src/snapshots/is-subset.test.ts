import { isSubset } from './is-subset';

describe('a part of a state', () => {
  const whole = { a: 1, b: { c: [1, { d: 2 }], e: null }, f: 'x' };

  it.each([
    [{}],
    [{ a: 1 }],
    [{ b: {} }],
    [{ b: { c: [1, { d: 2 }] } }],
    [{ b: { e: null }, f: 'x' }],
    [whole],
  ])('is %j', (part) => {
    expect(isSubset(part, whole)).toBe(true);
  });

  it.each([
    [{ a: '1' }],
    [{ g: undefined }],
    [{ b: { e: {} } }],
    [{ b: { c: [1] } }],
    [{ b: { c: [1, {}] } }],
    [{ b: null }],
    [{ constructor: Object }],
  ])('is not %j', (part) => {
    expect(isSubset(part, whole)).toBe(false);
  });
});

import { parseRetryAfter } from './retry-after';

const now = new Date('1994-11-06T08:49:00.000Z');
const dayMs = 24 * 60 * 60 * 1000;

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
    ['Mon, 06 Nov 2034 08:49:37 GMT', dayMs],
    ['99999999999999999999999', dayMs],
  ])('reads %j as %i ms', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });

  it.each([undefined, '', '-1', '1.5', '1e3', 'soon', '2026-01-01', 'Sun, 99 Nov 1994 08:49:37 GMT', '1, 2'])(
    'takes %j for absent',
    (value) => {
      expect(parseRetryAfter(value, now)).toBeUndefined();
    },
  );
});

import { countPoints, spanOf, startsIn } from './time-span';

const now = new Date('2026-03-01T10:20:30.400Z');
const at = (text: string) => new Date(text);
const shown = (span: ReturnType<typeof spanOf>) =>
  startsIn(span).map((start) => new Date(start).toISOString());

describe('a span of time', () => {
  it('holds every bucket that it shares some time with', () => {
    const span = spanOf('hour', {
      from: at('2026-03-01T08:59:59Z'),
      to: at('2026-03-01T10:00:00.001Z'),
      now,
    });

    expect(shown(span)).toEqual([
      '2026-03-01T08:00:00.000Z',
      '2026-03-01T09:00:00.000Z',
      '2026-03-01T10:00:00.000Z',
    ]);
  });

  it('ends before a bucket that begins just when it ends', () => {
    const span = spanOf('hour', { from: at('2026-03-01T08:00:00Z'), to: at('2026-03-01T10:00:00Z'), now });

    expect(shown(span)).toEqual(['2026-03-01T08:00:00.000Z', '2026-03-01T09:00:00.000Z']);
  });

  it.each([
    ['minute', 60, '2026-03-01T09:21:00.000Z', '2026-03-01T10:20:00.000Z'],
    ['hour', 24, '2026-02-28T11:00:00.000Z', '2026-03-01T10:00:00.000Z'],
    ['day', 30, '2026-01-31T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
  ] as const)(
    'of %ss is the last %i of them, the present one too, unless something is said',
    (bucket, count, first, last) => {
      const starts = shown(spanOf(bucket, { now }));

      expect(starts).toHaveLength(count);
      expect([starts[0], starts.at(-1)]).toEqual([first, last]);
    },
  );

  it('is empty when it begins in the future and no end is given', () => {
    expect(countPoints(spanOf('day', { from: at('2027-01-01'), now }))).toBe(0);
  });
});

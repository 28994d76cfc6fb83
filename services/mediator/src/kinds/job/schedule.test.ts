import fc from 'fast-check';
import { findCronFault, isTimeZone, latestTicks, nextTick, type Schedule } from './schedule';

const at = (time: string) => new Date(time);
const cron = (expression: string, timeZone = 'UTC'): Schedule => ({
  type: 'scheduled',
  cron: expression,
  timeZone,
});

/** The ticks after a time as texts, cut after the minutes. */
function ticksAfter(schedule: Schedule, after: string, count: number): readonly string[] {
  const ticks = [];
  for (
    let tick = nextTick(schedule, at(after));
    tick && ticks.length < count;
    tick = nextTick(schedule, tick)
  ) {
    ticks.push(tick.toISOString().slice(0, 16));
  }
  return ticks;
}

describe('a schedule', () => {
  it('by cron ticks at the times of its five or six fields', () => {
    expect(ticksAfter(cron('0 0 * * *'), '2026-02-27T12:00:00Z', 3)).toEqual([
      '2026-02-28T00:00',
      '2026-03-01T00:00',
      '2026-03-02T00:00',
    ]);
    expect(nextTick(cron('*/10 * * * * *'), at('2026-01-01T00:00:10Z'))).toEqual(at('2026-01-01T00:00:20Z'));
    expect(nextTick(cron('* * * * * *'), at('2026-01-01T00:00:00.999Z'))).toEqual(at('2026-01-01T00:00:01Z'));
    expect(nextTick(cron('0 0 29 2 *'), at('2026-01-01T00:00:00Z'))).toEqual(at('2028-02-29T00:00:00Z'));
  });

  it('by cron goes by the clocks of its time zone', () => {
    expect(ticksAfter(cron('0 9 * * MON', 'Asia/Kolkata'), '2026-01-01T00:00:00Z', 2)).toEqual([
      '2026-01-05T03:30',
      '2026-01-12T03:30',
    ]);
  });

  it('whose time never comes has no tick', () => {
    expect(nextTick(cron('0 0 30 2 *'), at('2026-01-01T00:00:00Z'))).toBeNull();
    expect(nextTick({ type: 'on-demand' }, at('2026-01-01T00:00:00Z'))).toBeNull();
  });

  // at 2026-03-29 02:00 clocks in Berlin were put forward to 03:00, which is 01:00 in UTC
  it.each([
    ['30 2 * * *', ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']],
    ['0 2 * * *', ['2026-03-28T01:00', '2026-03-29T01:00', '2026-03-30T00:00']],
    ['30 1,2 * * *', ['2026-03-28T00:30', '2026-03-28T01:30', '2026-03-29T00:30', '2026-03-29T23:30']],
    ['*/30 1-3 29 * *', ['2026-03-29T00:00', '2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30']],
  ])(
    'runs %j, whose time is left out in spring, right after the gap; every so often, not in the gap',
    (expression, ticks) => {
      const schedule = cron(expression, 'Europe/Berlin');

      expect(ticksAfter(schedule, '2026-03-27T12:00:00Z', ticks.length)).toEqual(ticks);
    },
  );

  // at 2026-10-25 03:00 clocks in Berlin are put back to 02:00, which is 01:00 in UTC
  it.each([
    ['30 2 * * *', ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']],
    ['30 1,2 * * *', ['2026-10-24T23:30', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-26T00:30']],
    ['30 1-3 25 * *', ['2026-10-24T23:30', '2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30']],
  ])('runs %j, whose time comes twice in autumn, once; every so often, both times', (expression, ticks) => {
    const schedule = cron(expression, 'Europe/Berlin');
    const [first = ''] = ticks;
    const before = new Date(at(`${first}Z`).getTime() - 1_000).toISOString();

    expect(ticksAfter(schedule, before, ticks.length)).toEqual(ticks);
  });

  it('that recurs counts from its beginning, and never leaves its step', () => {
    const schedule: Schedule = { type: 'recurring', everyMs: 7_000, since: at('2026-01-01T00:00:00.250Z') };

    expect(nextTick(schedule, at('2025-01-01T00:00:00Z'))).toEqual(at('2026-01-01T00:00:07.250Z'));
    expect(nextTick(schedule, at('2026-01-01T00:00:00.250Z'))).toEqual(at('2026-01-01T00:00:07.250Z'));
    expect(nextTick(schedule, at('2026-01-01T00:00:07.249Z'))).toEqual(at('2026-01-01T00:00:07.250Z'));
    expect(nextTick(schedule, at('2026-01-01T00:00:07.250Z'))).toEqual(at('2026-01-01T00:00:14.250Z'));
  });

  it('of one time ticks at that time', () => {
    const schedule: Schedule = { type: 'one-time', at: at('2026-01-01T00:00:00Z') };

    expect(nextTick(schedule, at('2025-12-31T23:59:59.999Z'))).toEqual(schedule.at);
    expect(nextTick(schedule, schedule.at)).toBeNull();
  });
});

describe('the latest ticks', () => {
  const recurring = fc.record({
    type: fc.constant('recurring' as const),
    everyMs: fc.integer({ min: 1_000, max: 100_000 }),
    since: fc.date({ min: at('2026-01-01T00:00:00Z'), max: at('2026-01-02T00:00:00Z'), noInvalidDate: true }),
  });
  const byCron = fc.record({
    type: fc.constant('scheduled' as const),
    cron: fc.constantFrom('*/7 * * * * *', '*/20 * * * *', '30 1,2 * * *', '30 2 * * *', '0 */3 * * *'),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
  });

  it('are the last of those that come one after the other, also where clocks are put forward or back', () => {
    fc.assert(
      fc.property(
        fc.oneof(recurring, byCron),
        fc.constantFrom(at('2026-03-08T05:00:00Z'), at('2026-03-29T00:10:00Z'), at('2026-10-25T00:20:00Z')),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (schedule, start, ticks, limit) => {
          const all = [];
          for (
            let tick = nextTick(schedule, start);
            tick && all.length < ticks;
            tick = nextTick(schedule, tick)
          ) {
            all.push(tick);
          }
          const [first = start] = all;
          const until = all.at(-1) ?? start;

          expect(latestTicks(schedule, first, until, limit)).toEqual(all.slice(-limit));
          expect(latestTicks(schedule, first, new Date(until.getTime() - 1), limit)).toEqual(
            all.slice(0, -1).slice(-limit),
          );
        },
      ),
    );
  });
});

describe('a cron expression', () => {
  it.each(['0 0 * * *', '*/5 * * * * *', '0 12 LW * *', '0 0 * JAN-MAR MON#1'])('may be %j', (expression) => {
    expect(findCronFault(expression)).toBeNull();
  });

  it.each([
    '',
    '* * * *',
    '* * * * * * *',
    '61 * * * *',
    '0 24 * * *',
    '@daily',
    '2030-01-23T00:00:00Z',
    'a b c d e',
  ])('is not %j', (expression) => {
    expect(findCronFault(expression)).toEqual(expect.any(String));
  });

  it('says what is wrong with it', () => {
    expect(findCronFault('61 * * * *')).toBe('Invalid value for minute: 61');
  });
});

describe('a time zone', () => {
  it('is a name that clocks are known of', () => {
    expect(['UTC', 'Europe/Berlin', 'Asia/Kolkata'].filter(isTimeZone)).toHaveLength(3);
    expect(['', 'Mars/Olympus', 'CEST!', '+1'].filter(isTimeZone)).toEqual([]);
  });
});

import { planTicks, type MissedPolicy } from './plan-ticks';
import type { Schedule } from './schedule';

const start = new Date('2026-01-01T00:00:00.000Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

function plan(missed: MissedPolicy, everySeconds: number, { first, now }: { first: number; now: number }) {
  const schedule: Schedule = { type: 'recurring', everyMs: everySeconds * 1_000, since: start };
  const { run, nextRun } = planTicks({ schedule, missed, nextRun: after(first) }, after(now));
  const toSeconds = (time: Date) => (time.getTime() - start.getTime()) / 1_000;
  return { run: run.map(toSeconds), nextRun: nextRun && toSeconds(nextRun) };
}

describe('of ticks that are due', () => {
  it.each(['last', 'skip', 'all'] as const)('with %j one that is in time runs', (missed) => {
    expect(plan(missed, 60, { first: 60, now: 60 })).toEqual({ run: [60], nextRun: 120 });
    expect(plan(missed, 60, { first: 60, now: 70 })).toEqual({ run: [60], nextRun: 120 });
  });

  it.each(['last', 'skip', 'all'] as const)('with %j all that are a little late run', (missed) => {
    expect(plan(missed, 2, { first: 2, now: 7 })).toEqual({ run: [2, 4, 6], nextRun: 8 });
  });

  it('nothing runs before its time', () => {
    expect(plan('all', 60, { first: 60, now: 59 })).toEqual({ run: [], nextRun: 60 });
  });

  it.each([
    ['last', { run: [300], nextRun: 360 }],
    ['skip', { run: [], nextRun: 360 }],
    ['all', { run: [60, 120, 180, 240, 300], nextRun: 360 }],
  ] as const)('with %j of those that were missed run %j', (missed, expected) => {
    expect(plan(missed, 60, { first: 60, now: 330 })).toEqual(expected);
  });

  it('with "last" nothing is made up for when one is just in time', () => {
    expect(plan('last', 60, { first: 60, now: 305 })).toEqual({ run: [300], nextRun: 360 });
  });

  it('with "all" a hundred are made up for at most, the newest, some at a time', () => {
    const ran = [];
    let first = 60;
    for (let plans = 0; plans < 20 && first < 60_060; plans += 1) {
      const { run, nextRun } = plan('all', 60, { first, now: 60_030 });
      ran.push(...run);
      first = nextRun ?? Infinity;
    }

    expect(ran).toEqual(Array.from({ length: 100 }, (_, index) => 60 * (901 + index)));
    expect(first).toBe(60_060);
  });

  it('a time that comes once is made up for, or never comes again', () => {
    const schedule: Schedule = { type: 'one-time', at: after(60) };
    const planOnce = (missed: MissedPolicy, now: number) =>
      planTicks({ schedule, missed, nextRun: after(60) }, after(now));

    expect(planOnce('last', 60)).toEqual({ run: [after(60)], nextRun: null });
    expect(planOnce('last', 3_600)).toEqual({ run: [after(60)], nextRun: null });
    expect(planOnce('skip', 3_600)).toEqual({ run: [], nextRun: null });
  });
});

import { AppError, createVirtualClock } from '@fanfare/core';
import { createPruning } from './retention';

describe('the retention of what has ended', () => {
  const clock = createVirtualClock();
  const day = 24 * 3_600_000;
  const onFailure = (error: Error) => {
    throw error;
  };

  /** A part with so many objects that ended long ago; keeps what it was asked. */
  function partWith(ended: number) {
    const asked: { before: Date; limit: number }[] = [];
    return {
      asked,
      left: () => ended,
      add: (more: number) => void (ended += more),
      prune: (before: Date, limit: number) => {
        asked.push({ before, limit });
        const pruned = Math.min(ended, limit);
        ended -= pruned;
        return Promise.resolve(pruned);
      },
    };
  }

  it('deletes page by page in every part, and every hour again, until it is told to stop', async () => {
    const [many, few, none] = [partWith(1_200), partWith(3), {}];
    const stop = new AbortController();
    const running = createPruning({
      parts: [many, none, few],
      clock,
      retentionMs: 30 * day,
      onFailure,
    }).run(stop.signal);
    const begin = clock.now().getTime();

    await clock.advance(0);
    expect([many.left(), few.left()]).toEqual([0, 0]);
    expect(few.asked).toEqual([{ before: new Date(begin - 30 * day), limit: 100 }]);

    few.add(1);
    await clock.advance(3_600_000);
    stop.abort();
    await running;

    expect(few.left()).toBe(0);
    expect(few.asked.at(-1)?.before).toEqual(new Date(begin + 3_600_000 - 30 * day));
  });

  it.each([
    ['cannot delete now', new AppError('unavailable', 'it cannot')],
    ['meets the lock of another', new AppError('conflict', 'it cannot')],
  ])('tells of a part that %s, goes on with the others, and tries it again', async (_, error) => {
    const told: [string, number][] = [];
    let isAway = true;
    const [kept, other] = [partWith(1), partWith(1)];
    const prune = (before: Date, limit: number) => {
      if (isAway) throw error;
      return kept.prune(before, limit);
    };
    const stop = new AbortController();
    const running = createPruning({
      parts: [{ prune }, other],
      clock,
      retentionMs: 60_000,
      onFailure: ({ message }, delayMs) => void told.push([message, delayMs]),
    }).run(stop.signal);

    await clock.advance(0);
    expect([kept.left(), other.left()]).toEqual([1, 0]);
    expect(told).toEqual([['it cannot', 60_000]]);

    isAway = false;
    await clock.advance(60_000);
    stop.abort();
    await running;
    expect(kept.left()).toBe(0);
  });

  it('ends between two pages when it is told to stop', async () => {
    const stop = new AbortController();
    const part = partWith(5_000);
    const prune = (before: Date, limit: number) => {
      stop.abort();
      return part.prune(before, limit);
    };

    await createPruning({ parts: [{ prune }], clock, retentionMs: day, onFailure }).run(stop.signal);

    expect(part.left()).toBe(4_900);
  });
});

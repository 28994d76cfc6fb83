import { createVirtualClock } from '@fanfare/core';
import { createPruning } from './retention';

describe('the retention of what has ended', () => {
  const clock = createVirtualClock();
  const day = 24 * 3_600_000;

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
    const running = createPruning({ parts: [many, none, few], clock, retentionMs: 30 * day }).run(
      stop.signal,
    );
    const begin = clock.now().getTime();

    await clock.advance(0);
    expect([many.left(), few.left()]).toEqual([0, 0]);
    expect(few.asked).toEqual([{ before: new Date(begin - 30 * day), limit: 500 }]);

    few.add(1);
    await clock.advance(3_600_000);
    stop.abort();
    await running;

    expect(few.left()).toBe(0);
    expect(few.asked.at(-1)?.before).toEqual(new Date(begin + 3_600_000 - 30 * day));
  });

  it('ends between two pages when it is told to stop', async () => {
    const stop = new AbortController();
    const part = partWith(5_000);
    const prune = (before: Date, limit: number) => {
      stop.abort();
      return part.prune(before, limit);
    };

    await createPruning({ parts: [{ prune }], clock, retentionMs: day }).run(stop.signal);

    expect(part.left()).toBe(4_500);
  });
});

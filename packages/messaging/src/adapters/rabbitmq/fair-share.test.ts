import { createVirtualClock } from '@fanfare/core';
import { createFairShare } from './fair-share';

/** Lets a member that is active in `active` of `partitions` partitions look once; returns how many it keeps. */
async function partitionsKept(options: {
  partitions: number;
  active: number;
  consumers: number;
}): Promise<number> {
  const clock = createVirtualClock();
  const stop = new AbortController();
  const share = createFairShare(options.partitions, clock);
  let kept = options.active;
  for (let partition = 0; partition < options.active; partition += 1) {
    share.took(partition);
    void share
      .isToLeave(partition, () => Promise.resolve(options.consumers), stop.signal)
      .then((isToLeave) => (kept -= isToLeave ? 1 : 0));
  }
  await clock.advance(10_000);
  stop.abort();
  return kept;
}

describe('the fair share of a member', () => {
  it.each([
    { partitions: 4, active: 4, consumers: 4, expected: 4, title: 'keeps all when it is alone' },
    { partitions: 4, active: 4, consumers: 8, expected: 2, title: 'keeps half of them beside one other' },
    {
      partitions: 4,
      active: 4,
      consumers: 12,
      expected: 2,
      title: 'keeps the larger part of what cannot be divided',
    },
    { partitions: 4, active: 1, consumers: 8, expected: 1, title: 'keeps less than its share' },
    { partitions: 4, active: 4, consumers: 100, expected: 1, title: 'keeps one, however many there are' },
    {
      partitions: 4,
      active: 4,
      consumers: 7,
      expected: 2,
      title: 'counts a member that is just changing its place',
    },
    { partitions: 1, active: 1, consumers: 2, expected: 1, title: 'keeps the only one' },
  ])('$title', async ({ expected, ...options }) => {
    await expect(partitionsKept(options)).resolves.toBe(expected);
  });

  it('never leaves what it is not active in', async () => {
    const clock = createVirtualClock();
    const stop = new AbortController();
    const share = createFairShare(3, clock);
    for (const partition of [0, 1, 2]) share.took(partition);
    share.left(0);

    const decision = share.isToLeave(0, () => Promise.resolve(9), stop.signal);
    await clock.advance(10_000);
    stop.abort();

    await expect(decision).resolves.toBe(false);
  });
});

import { createVirtualClock } from '@fanfare/core';
import { summarise } from './summarise';

describe('a summary', () => {
  it('tells of the first at once, and once a second of the last and how many there were', async () => {
    const clock = createVirtualClock();
    const told: [string, number][] = [];
    const { add } = summarise<string>(clock, 1_000, (item, count) => told.push([item, count]));

    for (const item of ['a', 'b', 'c']) add(item);
    expect(told).toEqual([['a', 1]]);
    await clock.advance(1_000);
    expect(told).toEqual([
      ['a', 1],
      ['c', 2],
    ]);
    add('d');
    await clock.advance(1_000);
    await clock.advance(1_000);
    add('e');

    expect(told.slice(2)).toEqual([
      ['d', 1],
      ['e', 1],
    ]);
  });

  it('can be asked for what waits', () => {
    const told: string[] = [];
    const { add, flush } = summarise<string>(createVirtualClock(), 1_000, (item) => told.push(item));

    for (const item of ['a', 'b']) add(item);
    flush();
    flush();

    expect(told).toEqual(['a', 'b']);
  });
});

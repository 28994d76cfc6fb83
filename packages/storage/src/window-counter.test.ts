import { createVirtualClock } from '@fanfare/core';
import { openMemoryWindowCounter, openWindowCounter } from './open-window-counter';
import { cacheAdapters, describeAdapter } from './testing/adapters';
import { describeWindowCounterContract } from './testing/window-counter.contract';

for (const adapter of cacheAdapters()) {
  describeAdapter(adapter, (underTest) => {
    describeWindowCounterContract(adapter.name, underTest);
  });
}

describe('a counter in memory', () => {
  it('holds no more keys than it may: the oldest window begins anew', () => {
    const clock = createVirtualClock();
    const counter = openMemoryWindowCounter({ windowMs: 60_000, clock, maxKeys: 3 });
    const count = (key: string) => counter.count(key).count;

    expect(['a', 'b', 'c', 'd'].map(count)).toEqual([1, 1, 1, 1]);
    expect(['c', 'd', 'b', 'a'].map(count)).toEqual([2, 2, 2, 1]);
  });

  it('says of no window that it is longer than it is, whatever fractions of a millisecond the clock shows', () => {
    // where 5536.1 + 60000 - 5536.1 is more than 60000
    const clock = { ...createVirtualClock(), elapsedMs: () => 5_536.1 };

    expect(openMemoryWindowCounter({ windowMs: 60_000, clock }).count('a').endsInMs).toBe(60_000);
  });

  it('lets go of ended windows, however many keys there were', async () => {
    const clock = createVirtualClock();
    const counter = openMemoryWindowCounter({ windowMs: 1_000, clock, maxKeys: 3 });
    for (const key of ['a', 'b', 'c']) counter.count(key);

    await clock.advance(1_000);

    expect(['d', 'e', 'f', 'd', 'e', 'f'].map((key) => counter.count(key).count)).toEqual([1, 1, 1, 2, 2, 2]);
  });
});

describe('openWindowCounter', () => {
  it('says which URLs it takes, without showing the one that it was given', async () => {
    const opening = openWindowCounter('http://user:secret@host', { windowMs: 1_000 });

    await expect(opening).rejects.toMatchObject({ code: 'invalid' });
    await expect(opening).rejects.not.toThrow('secret');
  });

  it('is opened while its server is away, and says so when it is asked to count', async () => {
    const counter = await openWindowCounter('redis://127.0.0.1:1', { windowMs: 1_000 });

    await expect(counter.count('a')).rejects.toMatchObject({ code: 'unavailable' });
    await counter.close();
  });
});

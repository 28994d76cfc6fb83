import { createVirtualClock } from '@fanfare/core';
import { openMemoryCache } from './open';

const one = { version: 1, value: 'one' };

describe('memory cache', () => {
  const clock = createVirtualClock();

  it('forgets what was not used for the longest time when it is full', async () => {
    const cache = openMemoryCache({ clock, maxEntries: 2, maxCharacters: 100 });
    await cache.set('a', one, 1_000);
    await cache.set('b', one, 1_000);
    await cache.get('a');

    await cache.set('c', one, 1_000);

    expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual([one, null, one]);
  });

  it('holds no more text than it may', async () => {
    const cache = openMemoryCache({ clock, maxEntries: 100, maxCharacters: 10 });
    await cache.set('a', { version: 1, value: 'x'.repeat(6) }, 1_000);
    await cache.set('b', { version: 1, value: 'x'.repeat(6) }, 1_000);
    await cache.set('huge', { version: 1, value: 'x'.repeat(11) }, 1_000);

    expect(await cache.get('a')).toBeNull();
    expect(await cache.get('huge')).toBeNull();
  });

  it('keeps a value to the end of its time and not a moment longer', async () => {
    const cache = openMemoryCache({ clock, maxEntries: 2, maxCharacters: 100 });
    await cache.set('a', one, 1_000);

    await clock.advance(999);
    expect(await cache.get('a')).toEqual(one);

    await clock.advance(1);
    expect(await cache.get('a')).toBeNull();
  });
});

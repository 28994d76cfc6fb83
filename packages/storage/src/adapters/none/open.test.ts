import { openCache } from '../../open-cache';

describe('no cache', () => {
  it('answers every time that there is nothing, and stores nothing', async () => {
    const cache = await openCache('none:');

    expect(await cache.set('a', { version: 1, value: 'one' }, 60_000)).toBe(false);
    expect(await cache.get('a')).toBeNull();
    await cache.delete('a');
    await cache.ping();
  });

  it('rejects once it is closed', async () => {
    const cache = await openCache('none:');
    await cache.close();
    await cache.close();

    const calls = [
      cache.get('a'),
      cache.set('a', { version: 1, value: '' }, 1),
      cache.delete('a'),
      cache.ping(),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'unavailable' });
  });
});

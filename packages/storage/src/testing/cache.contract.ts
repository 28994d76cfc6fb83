import { eventually } from '@fanfare/core/testing';
import { randomUUID } from 'node:crypto';
import type { Cache } from '../cache';
import { openCache } from '../open-cache';
import type { CacheUnderTest } from './adapters';
import { itWhen } from './capability';

const minuteMs = 60_000;

/** Every promise of the `Cache` port, checked on whatever adapter is given. */
export function describeCacheContract(name: string, { url, capabilities }: CacheUnderTest): void {
  describe(`Cache on ${name}`, () => {
    let cache: Cache;
    let prefix: string;

    beforeEach(async () => {
      prefix = `fanfare-test:${randomUUID()}:`;
      cache = await openCache(url, { prefix });
    });

    afterEach(() => cache.close());

    it('answers null for a key that was never set', async () => {
      expect(await cache.get('nothing')).toBeNull();
    });

    it('gives back what was set, with its version', async () => {
      const isStored = await cache.set('a', { version: 1, value: 'one' }, minuteMs);

      expect(isStored).toBe(true);
      expect(await cache.get('a')).toEqual({ version: 1, value: 'one' });
    });

    it('replaces a value by a later version of it', async () => {
      await cache.set('a', { version: 1, value: 'one' }, minuteMs);

      const isStored = await cache.set('a', { version: 2, value: 'two' }, minuteMs);

      expect(isStored).toBe(true);
      expect(await cache.get('a')).toEqual({ version: 2, value: 'two' });
    });

    it.each([1, 2])('refuses version %i over version 2', async (version) => {
      await cache.set('a', { version: 2, value: 'two' }, minuteMs);

      const isStored = await cache.set('a', { version, value: 'other' }, minuteMs);

      expect(isStored).toBe(false);
      expect(await cache.get('a')).toEqual({ version: 2, value: 'two' });
    });

    it('tells versions apart that differ only in their last digit of sixteen', async () => {
      const version = Number.MAX_SAFE_INTEGER;
      await cache.set('a', { version: version - 1, value: 'older' }, minuteMs);

      expect(await cache.set('a', { version, value: 'newer' }, minuteMs)).toBe(true);
      expect(await cache.set('a', { version: version - 1, value: 'older' }, minuteMs)).toBe(false);
    });

    it('ends with the latest version, whoever comes last', async () => {
      const versions = Array.from({ length: 50 }, (_, index) => ((index * 37) % 50) + 1);

      await Promise.all(
        versions.map((version) => cache.set('a', { version, value: `value ${version}` }, minuteMs)),
      );

      expect(await cache.get('a')).toEqual({ version: 50, value: 'value 50' });
    });

    it('judges each of many keys by its own version when they are set at once', async () => {
      const keys = Array.from({ length: 300 }, (_, index) => `key ${index}`);
      await Promise.all(
        keys.map((key, index) => cache.set(key, { version: index % 3, value: 'old' }, minuteMs)),
      );

      const areStored = await Promise.all(
        keys.map((key) => cache.set(key, { version: 1, value: `new ${key}` }, minuteMs)),
      );

      expect(areStored).toEqual(keys.map((_, index) => index % 3 === 0));
      const values = await Promise.all(keys.map(async (key) => (await cache.get(key))?.value));
      expect(values).toEqual(keys.map((key, index) => (index % 3 === 0 ? `new ${key}` : 'old')));
    });

    it('forgets a value when its time is over', async () => {
      await cache.set('short', { version: 9, value: 'gone soon' }, 20);
      await cache.set('long', { version: 1, value: 'stays' }, minuteMs);

      await eventually(async () => {
        expect(await cache.get('short')).toBeNull();
      });
      expect(await cache.set('short', { version: 1, value: 'again' }, minuteMs)).toBe(true);
      expect(await cache.get('long')).toEqual({ version: 1, value: 'stays' });
    });

    it('deletes a value of any version, and what is not there', async () => {
      await cache.set('a', { version: 5, value: 'five' }, minuteMs);

      await cache.delete('a');
      await cache.delete('a');

      expect(await cache.get('a')).toBeNull();
    });

    it.each(['', ' ', '1 2', `it's "😀" \\ ünïcode`, 'a:b:*?', 'line\nbreak'])(
      'takes %j as key and as value',
      async (text) => {
        await cache.set(text, { version: -1, value: text }, minuteMs);

        expect(await cache.get(text)).toEqual({ version: -1, value: text });
      },
    );

    it('holds a value of a megabyte', async () => {
      const value = 'ü'.repeat(500_000);

      await cache.set('large', { version: 1, value }, minuteMs);

      const stored = await cache.get('large');
      expect(stored?.value === value).toBe(true);
    });

    it('answers a ping', async () => {
      await expect(cache.ping()).resolves.toBeUndefined();
    });

    itWhen(capabilities.shared)('is shared by all who use the same prefix, and by nobody else', async () => {
      const peer = await openCache(url, { prefix });
      const stranger = await openCache(url, { prefix: `${prefix}other:` });

      await cache.set('a', { version: 1, value: 'one' }, minuteMs);

      expect(await peer.get('a')).toEqual({ version: 1, value: 'one' });
      expect(await stranger.get('a')).toBeNull();
      await Promise.all([peer.close(), stranger.close()]);
    });

    it('answers the calls under way before it closes, refuses later ones, and may be closed again', async () => {
      const underWay = cache.set('a', { version: 1, value: 'one' }, minuteMs);

      await cache.close();
      await cache.close();

      expect(await underWay).toBe(true);
      await expect(cache.get('a')).rejects.toMatchObject({ code: 'unavailable' });
      await expect(cache.ping()).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}

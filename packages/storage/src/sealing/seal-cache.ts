import type { Cache } from '../cache';
import type { Sealer } from './sealer';

/** A cache that holds what a sealer makes of values, each bound to its key. What it cannot open, `get` refuses as `Sealer` does. */
export function sealCache(cache: Cache, sealer: Sealer): Cache {
  if (!sealer.isOn) return cache;
  return {
    ...cache,
    async get(key) {
      const found = await cache.get(key);
      return found && { ...found, value: sealer.open(found.value, placeOf(key)) };
    },
    set: (key, { version, value }, ttlMs) =>
      cache.set(key, { version, value: sealer.seal(value, placeOf(key)) }, ttlMs),
  };
}

function placeOf(key: string): string {
  return `the cached ${key}`;
}

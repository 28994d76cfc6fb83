import { AppError, createSystemClock, type Clock } from '@fanfare/core';
import { openMemoryCache } from './adapters/memory/open';
import { openNoCache } from './adapters/none/open';
import { openRedisCache } from './adapters/redis/open';
import type { Cache } from './cache';

export interface OpenCacheOptions {
  readonly clock?: Clock;
  /** Stands before every key, so that services can share a Redis server. */
  readonly prefix?: string;
  /** How many entries the memory cache holds. */
  readonly maxEntries?: number;
  /** How long the values of the memory cache may be together. */
  readonly maxCharacters?: number;
}

/**
 * Opens the cache that a URL names, whether it answers yet or not:
 *
 * - `redis://host:6379/0`, or `rediss://` for an encrypted connection: shared by all that use the same prefix
 * - `memory:` private to the caller, bounded, least recently used goes first
 * - `none:` holds nothing
 *
 * Throws `invalid` for any other URL and when the client library is not installed.
 */
export async function openCache(url: string, options: OpenCacheOptions = {}): Promise<Cache> {
  const {
    clock = createSystemClock(),
    prefix = '',
    maxEntries = 10_000,
    maxCharacters = 64_000_000,
  } = options;
  const scheme = url.slice(0, url.indexOf(':') + 1);
  switch (scheme) {
    case 'memory:':
      return openMemoryCache({ clock, maxEntries, maxCharacters });
    case 'none:':
      return openNoCache();
    case 'redis:':
    case 'rediss:':
      return openRedisCache(url, prefix);
    default:
      throw new AppError(
        'invalid',
        `a cache URL begins with redis://, rediss://, memory: or none:, not with "${scheme}"`,
      );
  }
}

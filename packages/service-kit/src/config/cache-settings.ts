import { variable } from './config';
import { duration, flag } from './value-schemas';
import { wholeNumber } from './whole-number';

/** Whether anything is cached: `CACHING_ENABLED`. `cacheUrl` heeds it. */
export const cachingEnabled = variable('CACHING_ENABLED', flag().default(true));

/** How many entries a cache in memory holds at most: `CACHE_MAX_SIZE`. A Redis server has limits of its own. */
export const cacheMaxEntries = variable(
  'CACHE_MAX_SIZE',
  wholeNumber({ min: 1, max: 10_000_000 }).default(10_000),
);

/** How long what is read often stays in the cache: `CACHE_TTL`. */
export const cacheTtlMs = variable(
  'CACHE_TTL',
  duration()
    .refine((ms) => ms > 0, 'must be longer than nothing')
    .default(5 * 60_000),
);

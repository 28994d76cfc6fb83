import { AppError, createSystemClock, type Clock } from '@fanfare/core';
import { createMemoryWindowCounter, type MemoryWindowCounter } from './adapters/memory/window-counter';
import { openRedisWindowCounter } from './adapters/redis/window-counter';
import type { WindowCounter } from './window-counter';

export interface OpenWindowCounterOptions {
  readonly windowMs: number;
  readonly clock?: Clock;
  /** Stands before every key, so that others can share a Redis server. */
  readonly prefix?: string;
  /** How many keys are counted at a time in memory. */
  readonly maxKeys?: number;
  /** How long a server may take to count. */
  readonly timeoutMs?: number;
}

/**
 * Opens a counter where a URL names it, whether it answers yet or not:
 *
 * - `redis://host:6379/0`, or `rediss://`: all that use the same prefix count together
 * - `memory:` this opener alone
 *
 * Throws `invalid` for any other URL and when the client library is not installed.
 */
export async function openWindowCounter(
  url: string,
  options: OpenWindowCounterOptions,
): Promise<WindowCounter> {
  const { windowMs, prefix = '', timeoutMs = 100 } = options;
  if (url.startsWith('memory:')) return openMemoryWindowCounter(options);
  if (/^rediss?:/.test(url)) return openRedisWindowCounter(url, { prefix, windowMs, timeoutMs });
  // the URL itself may hold a password
  throw new AppError('invalid', 'a counter has the URL of a cache: redis://, rediss:// or memory:');
}

/** A counter in this process, for which nobody has to wait. */
export function openMemoryWindowCounter({
  windowMs,
  clock = createSystemClock(),
  maxKeys = 50_000,
}: OpenWindowCounterOptions): MemoryWindowCounter {
  return createMemoryWindowCounter({ clock, windowMs, maxKeys });
}

import { AppError, type Clock } from '@fanfare/core';
import type { Cache, CachedValue } from '../../cache';

export interface MemoryCacheOptions {
  readonly clock: Clock;
  readonly maxEntries: number;
  /** Of all values together; one that is longer than this by itself is not stored. */
  readonly maxCharacters: number;
}

interface Entry extends CachedValue {
  readonly expiresAtMs: number;
}

/** A cache in this process, private to its opener. When it is full, what was not used for the longest time goes. */
export function openMemoryCache({ clock, maxEntries, maxCharacters }: MemoryCacheOptions): Cache {
  // a Map keeps the order of insertion: what is used is put in again, so the first entry is the one to go
  const entries = new Map<string, Entry>();
  let characters = 0;
  let isClosed = false;

  function refuseWhenClosed(): void {
    if (isClosed) throw new AppError('unavailable', 'the cache is closed');
  }

  function takeOut(key: string): Entry | null {
    const entry = entries.get(key);
    if (!entry) return null;
    entries.delete(key);
    characters -= entry.value.length;
    return entry.expiresAtMs > clock.elapsedMs() ? entry : null;
  }

  function putIn(key: string, entry: Entry): void {
    entries.set(key, entry);
    characters += entry.value.length;
    for (const [oldest] of entries) {
      if (entries.size <= maxEntries && characters <= maxCharacters) return;
      takeOut(oldest);
    }
  }

  return {
    async get(key) {
      refuseWhenClosed();
      const entry = takeOut(key);
      if (!entry) return null;
      putIn(key, entry);
      return { version: entry.version, value: entry.value };
    },
    async set(key, { version, value }, ttlMs) {
      refuseWhenClosed();
      const current = takeOut(key);
      const isNewer = !current || version > current.version;
      putIn(key, isNewer ? { version, value, expiresAtMs: clock.elapsedMs() + ttlMs } : current);
      return isNewer;
    },
    async delete(key) {
      refuseWhenClosed();
      takeOut(key);
    },
    async ping() {
      refuseWhenClosed();
    },
    async close() {
      isClosed = true;
      entries.clear();
    },
  };
}

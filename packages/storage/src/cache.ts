/** What a cache holds under a key: a text and the version of the thing it shows. */
export interface CachedValue {
  readonly version: number;
  readonly value: string;
}

/**
 * A cache of texts, never authoritative, shared by all instances of a service or private to one process.
 *
 * Each value carries a version, and a value never replaces one of the same or a later version: however slow a writer
 * is, readers do not go back. When the cache cannot be reached, calls reject with `unavailable` at once (nothing is
 * queued while it is away), and the caller goes on without it.
 */
export interface Cache {
  /** The value, or null when there is none or its time is over. */
  get(key: string): Promise<CachedValue | null>;
  /** Stores `value` for `ttlMs` unless a value of the same or a later version is there; tells whether it was stored. */
  set(key: string, value: CachedValue, ttlMs: number): Promise<boolean>;
  /** Removes the value, whatever its version. */
  delete(key: string): Promise<void>;
  /** Resolves when the cache answers; throws `unavailable` when it does not, within 2 s. */
  ping(): Promise<void>;
  /** Waits for calls under way, then closes. Idempotent. */
  close(): Promise<void>;
}

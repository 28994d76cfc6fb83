import type { Clock, Span, Tracer } from '@fanfare/core';
import type { Cache } from '@fanfare/storage';
import type { EncodedOrder } from './order-body';
import { createUntoldChanges } from './untold-changes';

/** What the cache has to say about an order. */
export type CachedOrder =
  | { readonly kind: 'order'; readonly version: number; readonly text: string }
  | { readonly kind: 'absent' }
  /** Ask the database; an answer with a lower version than `minVersion` would be out of date. */
  | { readonly kind: 'unknown'; readonly minVersion: number };

/**
 * Orders in the cache, which is never authoritative: nothing here throws or waits for a cache that is away.
 *
 * Nobody reads an order's past after its change was answered. Values carry twice the order's version, and before a
 * change commits the odd number between the old and the new version is written with nothing in it: readers that find
 * it go to the database, and since a value never replaces a later one, a reader who still holds the old state can no
 * longer put it back. The new state replaces the mark. A change of which the cache could not be told is remembered
 * here, and its order is read from the database until it has been told.
 */
export interface OrderCache {
  get(id: string): Promise<CachedOrder>;
  /**
   * Stores a state that was read from, or is new in, the database, unless the cache knows a later one. Shown in the trace
   * of what it is kept for.
   */
  keep(order: EncodedOrder, traceparent?: string): void;
  /** Remembers for a moment that there is no such order. */
  keepAbsent(id: string): void;
  /** To be waited for before the change commits; harmless when it then does not. */
  beforeChange(id: string, newVersion: number): Promise<void>;
  afterChange(order: EncodedOrder): void;
  /** The worker that tells the cache, once it is back, what it missed. */
  readonly teller: { readonly name: string; run(signal: AbortSignal): Promise<void> };
}

const keepMs = 15 * 60_000;
const keepAbsentMs = 1_000;
const maxWritesUnderWay = 10_000;

const nothing = '';
const absent = { version: 0, value: nothing };
const toMark = (newVersion: number) => ({ version: 2 * newVersion - 1, value: nothing });
const toValue = ({ version, text }: EncodedOrder) => ({ version: 2 * version, value: text });
const keyOf = (id: string) => `order:${id}`;

export interface OrderCacheOptions {
  readonly cache: Cache;
  readonly clock: Clock;
  /** How many changes are remembered of which the cache could not be told; beyond it, no order is read from the cache. */
  readonly maxUntold?: number;
  readonly tracer?: Tracer | undefined;
}

export function createOrderCache({
  cache,
  clock,
  maxUntold = 10_000,
  tracer,
}: OrderCacheOptions): OrderCache {
  const mark = (id: string, newVersion: number) => cache.set(keyOf(id), toMark(newVersion), keepMs);
  const untold = createUntoldChanges({ tell: mark, clock, maxUntold, forgetAfterMs: keepMs });
  let writesUnderWay = 0;

  /** Writes unseen. When the cache is too slow to follow, it goes without: reads fill it again. */
  function write(
    id: string,
    value: { version: number; value: string },
    ttlMs: number,
    { span, onFailure }: { readonly span?: Span; readonly onFailure?: () => void } = {},
  ): void {
    if (writesUnderWay >= maxWritesUnderWay) {
      onFailure?.();
      return;
    }
    writesUnderWay += 1;
    const settle = (error?: unknown) => {
      writesUnderWay -= 1;
      span?.end(error);
    };
    cache.set(keyOf(id), value, ttlMs).then(
      () => {
        settle();
      },
      (error: unknown) => {
        settle(error);
        onFailure?.();
      },
    );
  }

  return {
    async get(id) {
      const minVersion = untold.minVersionOf(id);
      if (minVersion > 0) return { kind: 'unknown', minVersion };
      try {
        return interpret(await cache.get(keyOf(id)));
      } catch {
        // other instances cannot announce their changes either
        return { kind: 'unknown', minVersion: Infinity };
      }
    },
    keep: (order, traceparent) => {
      const span =
        traceparent === undefined ? undefined : tracer?.startSpan('cache', { parent: traceparent });
      write(order.id, toValue(order), keepMs, span && { span });
    },
    keepAbsent: (id) => {
      write(id, absent, keepAbsentMs);
    },
    async beforeChange(id, newVersion) {
      try {
        await mark(id, newVersion);
      } catch {
        untold.add(id, newVersion);
      }
    },
    afterChange: (order) => {
      const onFailure = () => {
        untold.add(order.id, order.version);
      };
      write(order.id, toValue(order), keepMs, { onFailure });
    },
    teller: untold.teller,
  };
}

function interpret(found: { version: number; value: string } | null): CachedOrder {
  if (!found) return { kind: 'unknown', minVersion: 0 };
  if (found.value !== nothing) return { kind: 'order', version: found.version / 2, text: found.value };
  if (found.version === absent.version) return { kind: 'absent' };
  return { kind: 'unknown', minVersion: (found.version + 1) / 2 };
}

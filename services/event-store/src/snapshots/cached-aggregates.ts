import type { Cache, CachedValue, EventLog } from '@fanfare/storage';
import { z } from 'zod';
import type { Aggregate } from '../aggregates/aggregate';
import { foldVersion } from '../aggregates/fold';
import { isJsonObject, type JsonObject } from '../aggregates/json-object';
import type { LoadAggregate } from '../aggregates/load-aggregate';
import type { SnapshotStore } from './snapshot';

export interface CachedAggregatesDeps {
  readonly loadAggregate: LoadAggregate;
  readonly log: Pick<EventLog, 'findStream'>;
  readonly store: Pick<SnapshotStore, 'erasures'>;
  readonly cache: Cache;
  readonly cacheTtlMs: number;
}

const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be an object');

const cachedAggregate: z.ZodType<Aggregate> = z.object({
  id: z.string(),
  type: z.string(),
  version: z.int(),
  state: jsonObject.nullable(),
  createdAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
  isActive: z.boolean(),
  metadata: jsonObject,
});

/**
 * Loads the newest state of an aggregate from the cache, if that has the version that the log has now: what it answers is never
 * older than the last write that anybody was told of. After an erasure, and by another fold, nothing from before is found.
 * A cache that is away, or holds what nobody can read, makes it slower, and changes no answer.
 */
export function createLoadCached(deps: CachedAggregatesDeps): LoadAggregate {
  const { loadAggregate, log, store, cache, cacheTtlMs } = deps;
  return async function loadCached(id, asOf = {}) {
    if (asOf.version !== undefined || asOf.at) return loadAggregate(id, asOf);
    const [stream, erasures] = await Promise.all([log.findStream(id), store.erasures()]);
    if (!stream) return null;
    const key = `aggregate:${foldVersion}:${erasures}:${id}`;
    const cached = await cache
      .get(key)
      .then(parseCached)
      .catch(() => null);
    if (cached?.version === stream.version) return cached;
    const aggregate = await loadAggregate(id, { version: stream.version });
    if (aggregate) {
      const value = JSON.stringify(aggregate);
      cache.set(key, { version: aggregate.version, value }, cacheTtlMs).catch(() => undefined);
    }
    return aggregate;
  };
}

function parseCached(found: CachedValue | null): Aggregate | null {
  return found && cachedAggregate.parse(JSON.parse(found.value));
}

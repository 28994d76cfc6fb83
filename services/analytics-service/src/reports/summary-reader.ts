import { createGroupCommit, type Clock } from '@fanfare/core';
import type { Cache } from '@fanfare/storage';
import type { ReportStore } from './report-store';
import { encodeSummary, type EncodedSummary } from './summary';

export interface SummaryReaderDeps {
  readonly reports: Pick<ReportStore, 'readTotals'>;
  readonly cache: Pick<Cache, 'get' | 'set'>;
  readonly clock: Clock;
}

/** Reads the summary from the cache, else from the database; throws `unavailable` when neither has it. */
export type ReadSummary = () => Promise<EncodedSummary>;

const key = 'analytics:summary';
/** How old an answer may be. Counted from before the database was asked, so that a slow reader cannot stretch it. */
const maxAgeMs = 1_000;

/**
 * Who reads twice never sees the totals go back, because
 *
 * - a cached value is only replaced by a later version, and is gone before a slower reader could put back an earlier one,
 * - readers share one look at the database, but only such as began after they asked,
 * - and when the cache comes back with something older than what was read without it, the later one is answered.
 */
export function createSummaryReader({ reports, cache, clock }: SummaryReaderDeps): ReadSummary {
  let newest: EncodedSummary = { version: -1, text: '' };
  let newestUntilMs = -Infinity;

  async function load(): Promise<EncodedSummary> {
    const untilMs = clock.elapsedMs() + maxAgeMs;
    const summary = encodeSummary(await reports.readTotals());
    newest = summary;
    newestUntilMs = untilMs;
    const leftMs = untilMs - clock.elapsedMs();
    if (leftMs > 0) await cacheFor(leftMs, summary);
    return summary;
  }

  async function cacheFor(ttlMs: number, { version, text }: EncodedSummary): Promise<void> {
    try {
      await cache.set(key, { version, value: text }, ttlMs);
    } catch {
      // health and metrics show a cache that is away; the answer is as good without it
    }
  }

  async function findCached(): Promise<EncodedSummary | undefined> {
    try {
      const found = await cache.get(key);
      return found ? { version: found.version, text: found.value } : undefined;
    } catch {
      return undefined;
    }
  }

  const loadTogether = createGroupCommit<undefined, EncodedSummary>(
    async (readers) => {
      const summary = await load();
      return readers.map(() => summary);
    },
    { maxGroup: Infinity, isOneItemsFault: () => false },
  );

  return async function readSummary() {
    const cached = await findCached();
    if (!cached) return loadTogether(undefined);
    return cached.version < newest.version && clock.elapsedMs() < newestUntilMs ? newest : cached;
  };
}

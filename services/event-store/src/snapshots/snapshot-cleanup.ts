import type { Clock } from '@fanfare/core';
import { repeat, type Worker } from '@fanfare/service-kit';
import type { SnapshotStore } from './snapshot';

export interface SnapshotCleanupDeps {
  readonly store: Pick<SnapshotStore, 'listSurplus' | 'keepNewest'>;
  /** Of each aggregate. */
  readonly maxSnapshots: number;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

const aggregatesAtOnce = 1_000;

/**
 * Removes, once in every interval, the oldest snapshots of each aggregate that has more of them than are kept. Those of
 * aggregates that go on changing go with the next one that is taken; this is for all others, after the limit was lowered.
 */
export function createSnapshotCleanup(deps: SnapshotCleanupDeps): Worker {
  const { store, maxSnapshots, clock, intervalMs, onFailure } = deps;

  async function clean(signal: AbortSignal): Promise<void> {
    for (;;) {
      const aggregateIds = await store.listSurplus(maxSnapshots, aggregatesAtOnce);
      for (const id of aggregateIds) {
        if (signal.aborted) return;
        await store.keepNewest(id, maxSnapshots);
      }
      if (aggregateIds.length < aggregatesAtOnce) return;
    }
  }

  return repeat(clean, { name: 'snapshot-cleanup', restMs: intervalMs, clock, onFailure });
}

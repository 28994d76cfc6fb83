import type { Clock } from '@fanfare/core';
import type { LoadAggregate } from '../aggregates/load-aggregate';
import { isKnown, type Snapshot, type SnapshotStore } from './snapshot';

/**
 * Keeps what an aggregate is, or was at a version. Null when there is nothing to keep: no such version, or one that was
 * erased. Throws what `LoadAggregate` throws.
 */
export type TakeSnapshot = (aggregateId: string, version?: number) => Promise<Snapshot | null>;

export interface TakeSnapshotDeps {
  readonly loadAggregate: LoadAggregate;
  readonly store: Pick<SnapshotStore, 'erasures' | 'save' | 'keepNewest'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  /** Of each aggregate; 0 means that there is no limit. */
  readonly maxSnapshots: number;
}

export function createTakeSnapshot(deps: TakeSnapshotDeps): TakeSnapshot {
  const { loadAggregate, store, clock, newId, maxSnapshots } = deps;
  return async function takeSnapshot(aggregateId, version) {
    let saved: Snapshot | null = null;
    // what was read before an erasure must not come back after it
    while (!saved) {
      const erasures = await store.erasures();
      const aggregate = await loadAggregate(aggregateId, { version });
      if (!aggregate || !isKnown(aggregate)) return null;
      saved = await store.save({ id: newId(), takenAt: clock.now(), aggregate }, erasures);
    }
    if (maxSnapshots > 0) await store.keepNewest(aggregateId, maxSnapshots);
    return saved;
  };
}

import type { Aggregate } from '../aggregates/aggregate';
import type { VersionRange } from '../aggregates/load-aggregate';
import type { SnapshotStore } from './snapshot';

/**
 * What a fold of an aggregate can go on from: its newest snapshot. An outdated one is better than nothing where the events
 * that came first are gone, which is what `versions` tells by beginning with one.
 */
export function createFindBase(store: Pick<SnapshotStore, 'findNewest'>) {
  return async function findBase(aggregateId: string, versions: VersionRange): Promise<Aggregate | null> {
    const isOutdatedWelcome = versions.from >= 0;
    const newest = await store.findNewest(aggregateId, versions, { isOutdatedWelcome });
    return newest?.aggregate ?? null;
  };
}

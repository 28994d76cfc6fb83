import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@fanfare/core';
import type { EventLog } from '@fanfare/storage';
import { createLoadAggregate, VersionTruncated, type LoadAggregate } from '../aggregates/load-aggregate';
import { createFindBase } from './find-base';
import type { SnapshotStore } from './snapshot';
import type { TakeSnapshot } from './take-snapshot';

export interface SnapshotBeforeTruncationDeps {
  readonly log: Pick<EventLog, 'findStream' | 'read' | 'readStream'>;
  readonly store: Pick<SnapshotStore, 'findNewest'>;
  readonly takeSnapshot: TakeSnapshot;
}

/** Events may be large: so many are in memory at a time. */
const pageEvents = 100;

/**
 * To be called before what precedes `position` is truncated: keeps a snapshot of every aggregate that will be cut, at its last
 * version that goes, and checks each against a fold of all events that there are. Throws `internal` when one is not equal.
 */
export function createSnapshotBeforeTruncation(deps: SnapshotBeforeTruncationDeps) {
  const { log, store, takeSnapshot } = deps;
  const foldAll = createFoldAll(deps);

  async function findCuts(position: number): Promise<ReadonlyMap<string, number>> {
    const lastVersions = new Map<string, number>();
    let read: number | null = 0;
    while (read !== null) {
      const page = await log.read({ position: read, limit: pageEvents });
      for (const { stream, version, ...event } of page.events) {
        if (event.position >= position) return lastVersions;
        if (stream && version !== null) lastVersions.set(stream.id, version);
      }
      read = page.nextPosition;
    }
    return lastVersions;
  }

  async function keepVerified(id: string, version: number): Promise<void> {
    if ((await takeSnapshot(id, version)) === null) return;
    const kept = await store.findNewest(id, { from: version, to: version });
    if (!isDeepStrictEqual(kept?.aggregate, await foldAll(id, { version })))
      throw new AppError(
        'internal',
        `the snapshot of ${id} at version ${version} is not what its events tell`,
      );
  }

  return async function snapshotBeforeTruncation(position: number): Promise<void> {
    for (const [id, version] of await findCuts(position)) {
      try {
        await keepVerified(id, version);
      } catch (error) {
        // nothing can be kept of what an earlier truncation or a stream's own settings have left no beginning of
        if (!(error instanceof VersionTruncated)) throw error;
      }
    }
  };
}

/** Goes on from a snapshot only where there are no events. */
function createFoldAll({ log, store }: SnapshotBeforeTruncationDeps): LoadAggregate {
  const findBase = createFindBase(store);
  return createLoadAggregate({
    log,
    findBase: async (id, { from }) => (from < 0 ? null : findBase(id, { from, to: from })),
  });
}

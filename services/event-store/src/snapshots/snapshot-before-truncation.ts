import { isDeepStrictEqual } from 'node:util';
import { AppError, type Clock } from '@fanfare/core';
import type { EventLog } from '@fanfare/storage';
import type { Aggregate } from '../aggregates/aggregate';
import { createLoadAggregate, VersionTruncated, type LoadAggregate } from '../aggregates/load-aggregate';
import type { SnapshotStore } from './snapshot';

export interface SnapshotBeforeTruncationDeps {
  readonly log: Pick<EventLog, 'findStream' | 'read' | 'readStream'>;
  readonly store: Pick<SnapshotStore, 'erasures' | 'findBase' | 'saveBeginning' | 'releaseBeginnings'>;
  readonly loadAggregate: LoadAggregate;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

/** Events may be large: so many are in memory at a time. */
const pageEvents = 100;

/** Of a stream: the last version that goes, and whose events go. */
interface Cut {
  version: number;
  readonly subjects: Set<string>;
}

/**
 * To be called before what precedes `position` is truncated: keeps what every aggregate that will be cut begins with from
 * then on, its state at its last version that goes, and checks it against a fold of all events that there are. Throws
 * `internal` when one is not equal.
 */
export function createSnapshotBeforeTruncation(deps: SnapshotBeforeTruncationDeps) {
  const { log, store, loadAggregate, clock, newId } = deps;
  const foldAll = createFoldAll(deps);

  async function findCuts(position: number): Promise<ReadonlyMap<string, Cut>> {
    const cuts = new Map<string, Cut>();
    let read: number | null = 0;
    while (read !== null) {
      const page = await log.read({ position: read, limit: pageEvents });
      for (const { stream, version, event, position: at } of page.events) {
        if (at >= position) return cuts;
        if (!stream || version === null) continue;
        const { subjects } = cuts.get(stream.id) ?? { subjects: new Set<string>() };
        if (event.subject !== undefined) subjects.add(event.subject);
        cuts.set(stream.id, { version, subjects });
      }
      read = page.nextPosition;
    }
    return cuts;
  }

  async function keep(id: string, { version, subjects }: Cut): Promise<Aggregate | null> {
    // what was read before an erasure must not come back after it
    for (;;) {
      const erasures = await store.erasures();
      const aggregate = await loadAggregate(id, { version });
      if (!aggregate) return null;
      const beginning = { id: newId(), takenAt: clock.now(), aggregate, subjects: [...subjects] };
      const kept = await store.saveBeginning(beginning, erasures);
      if (kept) return kept;
    }
  }

  async function keepVerified(id: string, cut: Cut): Promise<void> {
    const kept = await keep(id, cut);
    if (!kept) return;
    if (!isDeepStrictEqual(kept, await foldAll(id, { version: cut.version })))
      throw new AppError(
        'internal',
        `the snapshot of ${id} at version ${cut.version} is not what its events tell`,
      );
    const stream = await log.findStream(id);
    if (stream) await store.releaseBeginnings(id, stream.firstVersion - 1);
  }

  return async function snapshotBeforeTruncation(position: number): Promise<void> {
    for (const [id, cut] of await findCuts(position)) {
      try {
        await keepVerified(id, cut);
      } catch (error) {
        // nothing can be kept of what an earlier truncation or a stream's own settings have left no beginning of
        if (!(error instanceof VersionTruncated)) throw error;
      }
    }
  };
}

/** Goes on from a snapshot only where there are no events. */
function createFoldAll({ log, store }: SnapshotBeforeTruncationDeps): LoadAggregate {
  return createLoadAggregate({
    log,
    findBase: async (id, { from }) => (from < 0 ? null : store.findBase(id, { from, to: from })),
  });
}

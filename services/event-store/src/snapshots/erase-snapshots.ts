import type { EventLog } from '@fanfare/storage';
import type { SnapshotStore } from './snapshot';

export interface EraseSnapshotsDeps {
  readonly log: Pick<EventLog, 'read'>;
  readonly store: Pick<SnapshotStore, 'findBegunBy' | 'erase'>;
}

/** Tombstones of large events are small, but the subject may have many. */
const pageEvents = 500;

/**
 * To be called after the events of a subject were erased: removes all snapshots of the aggregates that it has events in, or
 * had before they were truncated. Answers how many there were. Repeating it is safe.
 */
export function createEraseSnapshots({ log, store }: EraseSnapshotsDeps) {
  return async function eraseSnapshots(subject: string): Promise<number> {
    const aggregateIds = new Set(await store.findBegunBy(subject));
    let position: number | null = 0;
    while (position !== null) {
      const page = await log.read({ position, filter: { subject }, limit: pageEvents });
      for (const { stream } of page.events) if (stream) aggregateIds.add(stream.id);
      position = page.nextPosition;
    }
    return store.erase([...aggregateIds]);
  };
}

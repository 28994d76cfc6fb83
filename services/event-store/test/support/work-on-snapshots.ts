import { createIdGenerator, type Clock } from '@fanfare/core';
import { createLease, type Lease } from '@fanfare/messaging';
import { createTail } from '../../src/live/tail';
import type { SnapshotStore } from '../../src/snapshots/snapshot';
import { createSnapshotWorker } from '../../src/snapshots/snapshot-worker';
import type { TakeSnapshot } from '../../src/snapshots/take-snapshot';
import type { Snapshotting } from './snapshotting';

export interface SnapshotWork {
  readonly takeSnapshot: TakeSnapshot;
  readonly snapshots: SnapshotStore;
  readonly lease: Lease;
}

/** So many events of an aggregate lie between two snapshots. */
export const snapshotEvery = 10;

/** Runs an instance of the worker; answers what it has taken, warned of, and failed with. */
export function workOnSnapshots(
  opened: Snapshotting,
  clock: Clock,
  {
    takeSnapshot = opened.parts().takeSnapshot,
    snapshots = opened.store,
    lease = createLease({
      database: opened.database,
      clock,
      name: 'snapshots',
      owner: createIdGenerator(clock)(),
      ttlMs: 60_000,
    }),
  }: Partial<SnapshotWork> = {},
) {
  const seen = { taken: [] as string[], warnings: [] as string[], failures: [] as unknown[] };
  const tail = createTail({ log: opened.log, clock, onFailure: () => undefined });
  const worker = createSnapshotWorker({
    tail,
    clock,
    snapshotEvery,
    store: snapshots,
    turnMs: 50,
    takeSnapshot: (id, version) => {
      seen.taken.push(`${id} ${version}`);
      return takeSnapshot(id, version);
    },
    lease,
    logger: { warn: (_: unknown, message?: string) => void seen.warnings.push(message ?? '') },
    onFailure: (error) => void seen.failures.push(error),
  });
  return { ...seen, end: opened.run(tail.worker, worker) };
}

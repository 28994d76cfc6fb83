import type { Database } from '@fanfare/storage';
import { foldVersion as currentFoldVersion } from '../aggregates/fold';
import { createReadSnapshots } from './read-snapshots';
import type { SnapshotStore } from './snapshot';
import { createWriteSnapshots } from './write-snapshots';

/** Keeps snapshots in the tables of the service. `foldVersion` is that of the fold that they are of. */
export function createSnapshotStore(
  database: Database,
  { foldVersion = currentFoldVersion }: { readonly foldVersion?: number } = {},
): SnapshotStore {
  return {
    ...createReadSnapshots(database, foldVersion),
    ...createWriteSnapshots(database, foldVersion),
  };
}

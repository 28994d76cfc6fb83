import type { Database, Transaction } from '@fanfare/storage';
import { fromRow, toRow, type SnapshotTables } from './snapshot-rows';
import type { Snapshot, SnapshotStore } from './snapshot';

type WriteSnapshots = Pick<SnapshotStore, 'save' | 'erase' | 'keepNewest' | 'removeOutdated' | 'moveTo'>;

/** How snapshots are kept and removed. */
export function createWriteSnapshots(database: Database, foldVersion: number): WriteSnapshots {
  const queries = database.queries.withTables<SnapshotTables>();

  async function keep(tx: Transaction, snapshot: Snapshot): Promise<Snapshot> {
    const { id: aggregateId, version } = snapshot.aggregate;
    const kept = await tx.queries
      .withTables<SnapshotTables>()
      .selectFrom('snapshots')
      .selectAll()
      .where('aggregate_id', '=', aggregateId)
      .where('version', '=', version)
      .executeTakeFirst();
    if (kept && kept.fold_version >= foldVersion) return fromRow(kept);
    const row = toRow(kept ? { ...snapshot, id: kept.id } : snapshot, foldVersion);
    await tx.dialect.upsertRows(tx.queries, 'snapshots', [row], {
      key: ['aggregate_id', 'version'],
      replace: ['fold_version', 'state', 'metadata', 'is_active', 'created_at', 'updated_at', 'taken_at'],
    });
    return fromRow(row);
  }

  return {
    save: (snapshot, erasures) =>
      database.transact(async (tx) => {
        const { counted: now } = await tx.queries
          .withTables<SnapshotTables>()
          .selectFrom('snapshot_counters')
          .select('counted')
          .where('name', '=', 'erasures')
          .modifyEnd(tx.dialect.forUpdate)
          .executeTakeFirstOrThrow();
        return now === erasures ? keep(tx, snapshot) : null;
      }),

    erase: (aggregateIds) =>
      database.transact(async (tx) => {
        await tx.dialect.takeNumbers(tx.queries, 'snapshot_counters', 'counted', { name: 'erasures' }, 1);
        let erased = 0n;
        for (const id of aggregateIds) {
          const { numDeletedRows } = await tx.queries
            .withTables<SnapshotTables>()
            .deleteFrom('snapshots')
            .where('aggregate_id', '=', id)
            .executeTakeFirstOrThrow();
          erased += numDeletedRows;
        }
        return Number(erased);
      }),

    async keepNewest(aggregateId, count) {
      const oldest = await queries
        .selectFrom('snapshots')
        .select('version')
        .where('aggregate_id', '=', aggregateId)
        .orderBy('version', 'desc')
        .limit(1)
        .offset(count - 1)
        .executeTakeFirst();
      if (!oldest) return;
      await queries
        .deleteFrom('snapshots')
        .where('aggregate_id', '=', aggregateId)
        .where('version', '<', oldest.version)
        .execute();
    },

    async removeOutdated({ aggregateId, version }) {
      await queries
        .deleteFrom('snapshots')
        .where('aggregate_id', '=', aggregateId)
        .where('version', '=', version)
        .where('fold_version', '<', foldVersion)
        .execute();
    },

    async moveTo(position) {
      await queries
        .updateTable('snapshot_counters')
        .set({ counted: position })
        .where('name', '=', 'position')
        .where('counted', '<', position)
        .execute();
    },
  };
}

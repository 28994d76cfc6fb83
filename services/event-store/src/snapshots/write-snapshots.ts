import type { Database, Transaction } from '@fanfare/storage';
import { subjectKeyOf } from '../deliveries/order-key';
import {
  erasedColumns,
  fromRow,
  toAggregate,
  toRow,
  type SnapshotRow,
  type SnapshotTables,
} from './snapshot-rows';
import type { SnapshotStore } from './snapshot';

type WriteSnapshots = Pick<
  SnapshotStore,
  'save' | 'saveBeginning' | 'releaseBeginnings' | 'erase' | 'keepNewest' | 'removeOutdated' | 'moveTo'
>;

/** How snapshots are kept and removed. */
export function createWriteSnapshots(database: Database, foldVersion: number): WriteSnapshots {
  const queries = database.queries.withTables<SnapshotTables>();

  /** Answers the row that is there now; null when that was erased, or others were since `erasures` was asked for. */
  async function keep(tx: Transaction, row: SnapshotRow, erasures: number): Promise<SnapshotRow | null> {
    if ((await lockErasures(tx)) !== erasures) return null;
    const there = await tx.queries
      .withTables<SnapshotTables>()
      .selectFrom('snapshots')
      .selectAll()
      .where('aggregate_id', '=', row.aggregate_id)
      .where('version', '=', row.version)
      .executeTakeFirst();
    if (there?.kind === 'erased' && row.kind !== 'erased') return null;
    const kept = there ? merge(there, row) : row;
    if (kept !== there) await put(tx, kept);
    return kept;
  }

  return {
    save: (snapshot, erasures) =>
      database.transact(async (tx) => {
        const kept = await keep(tx, toRow(snapshot, 'snapshot', foldVersion), erasures);
        return kept && fromRow(kept);
      }),

    saveBeginning: ({ subjects, ...snapshot }, erasures) =>
      database.transact(async (tx) => {
        const kind = snapshot.aggregate.state === null ? 'erased' : 'beginning';
        const kept = await keep(tx, toRow(snapshot, kind, foldVersion), erasures);
        const aggregate_id = snapshot.aggregate.id;
        const rows = subjects.map((subject) => ({ subject_key: subjectKeyOf(subject), aggregate_id }));
        if (kept) await tx.dialect.insertNewRows(tx.queries, 'snapshot_subjects', rows);
        return kept && toAggregate(kept);
      }),

    releaseBeginnings: (aggregateId, beforeVersion) =>
      database.transact(async (tx) => {
        const own = tx.queries.withTables<SnapshotTables>();
        await own
          .updateTable('snapshots')
          .set({ kind: 'snapshot' })
          .where('aggregate_id', '=', aggregateId)
          .where('version', '<', beforeVersion)
          .where('kind', '=', 'beginning')
          .execute();
        await own
          .deleteFrom('snapshots')
          .where('aggregate_id', '=', aggregateId)
          .where('version', '<', beforeVersion)
          .where('kind', '=', 'erased')
          .execute();
      }),

    erase: (aggregateIds) =>
      database.transact(async (tx) => {
        await tx.dialect.takeNumbers(tx.queries, 'snapshot_counters', 'counted', { name: 'erasures' }, 1);
        let erased = 0;
        for (const id of aggregateIds) erased += await eraseOne(tx, id);
        return erased;
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
        .where('kind', '=', 'snapshot')
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

async function lockErasures(tx: Transaction): Promise<number> {
  const { counted } = await tx.queries
    .withTables<SnapshotTables>()
    .selectFrom('snapshot_counters')
    .select('counted')
    .where('name', '=', 'erasures')
    .modifyEnd(tx.dialect.forUpdate)
    .executeTakeFirstOrThrow();
  return counted;
}

async function put(tx: Transaction, row: SnapshotRow): Promise<void> {
  await tx.dialect.upsertRows(tx.queries, 'snapshots', [row], {
    key: ['aggregate_id', 'version'],
    replace: [
      ...['kind', 'fold_version', 'state', 'metadata', 'is_active'],
      ...['created_at', 'updated_at', 'taken_at'],
    ],
  });
}

/** What is there, of whatever fold that is not an earlier one, comes first; a beginning stays one. */
function merge(there: SnapshotRow, row: SnapshotRow): SnapshotRow {
  if (row.kind === 'erased') return { ...row, id: there.id };
  const kind = there.kind === 'beginning' ? there.kind : row.kind;
  if (there.fold_version < row.fold_version) return { ...row, id: there.id, kind };
  return there.kind === kind ? there : { ...there, kind };
}

async function eraseOne(tx: Transaction, aggregateId: string): Promise<number> {
  const queries = tx.queries.withTables<SnapshotTables>();
  const removed = await queries
    .deleteFrom('snapshots')
    .where('aggregate_id', '=', aggregateId)
    .where('kind', '=', 'snapshot')
    .executeTakeFirstOrThrow();
  const emptied = await queries
    .updateTable('snapshots')
    .set(erasedColumns)
    .where('aggregate_id', '=', aggregateId)
    .where('kind', '=', 'beginning')
    .executeTakeFirstOrThrow();
  await queries.deleteFrom('snapshot_subjects').where('aggregate_id', '=', aggregateId).execute();
  return Number(removed.numDeletedRows + emptied.numUpdatedRows);
}

import type { Database } from '@fanfare/storage';
import { subjectKeyOf } from '../deliveries/order-key';
import { fromRow, toAggregate, type SnapshotTables } from './snapshot-rows';
import type { VersionRange } from '../aggregates/load-aggregate';
import type { SnapshotStore } from './snapshot';

type ReadSnapshots = Pick<
  SnapshotStore,
  | 'findNewest'
  | 'findBase'
  | 'findBegunBy'
  | 'list'
  | 'countByType'
  | 'listSurplus'
  | 'listOutdated'
  | 'erasures'
  | 'position'
>;

/** How snapshots are looked up. */
export function createReadSnapshots(database: Pick<Database, 'queries'>, foldVersion: number): ReadSnapshots {
  const queries = database.queries.withTables<SnapshotTables>();

  async function counted(name: 'position' | 'erasures'): Promise<number> {
    const counter = queries.selectFrom('snapshot_counters').select('counted').where('name', '=', name);
    return (await counter.executeTakeFirstOrThrow()).counted;
  }

  const newestOf = (aggregateId: string, { from, to }: VersionRange) =>
    queries
      .selectFrom('snapshots')
      .selectAll()
      .where('aggregate_id', '=', aggregateId)
      .where('version', '>=', from)
      .where('version', '<=', to)
      .orderBy('fold_version', 'desc')
      .orderBy('version', 'desc')
      .limit(1);

  return {
    async findNewest(aggregateId, versions) {
      const row = await newestOf(aggregateId, versions)
        .where('fold_version', '=', foldVersion)
        .executeTakeFirst();
      return row ? fromRow(row) : null;
    },

    async findBase(aggregateId, versions) {
      const row = await newestOf(aggregateId, versions)
        .where('fold_version', versions.from < 0 ? '=' : '<=', foldVersion)
        .executeTakeFirst();
      return row ? toAggregate(row) : null;
    },

    async findBegunBy(subject) {
      const rows = await queries
        .selectFrom('snapshot_subjects')
        .select('aggregate_id')
        .where('subject_key', '=', subjectKeyOf(subject))
        .execute();
      return rows.map((row) => row.aggregate_id);
    },

    async list({ aggregateType, afterId, order, limit, offset }) {
      let found = queries.selectFrom('snapshots').selectAll().where('fold_version', '=', foldVersion);
      if (aggregateType !== undefined) found = found.where('aggregate_type', '=', aggregateType);
      if (afterId !== undefined) found = found.where('id', order === 'asc' ? '>' : '<', afterId);
      const rows = await found.orderBy('id', order).limit(limit).offset(offset).execute();
      return rows.map(fromRow);
    },

    async countByType() {
      const rows = await queries
        .selectFrom('snapshots')
        .select(({ fn }) => ['aggregate_type', fn.countAll<number>().as('snapshots')])
        .where('fold_version', '=', foldVersion)
        .groupBy('aggregate_type')
        .execute();
      return Object.fromEntries(rows.map((row) => [row.aggregate_type, row.snapshots]));
    },

    async listSurplus(count, limit) {
      const rows = await queries
        .selectFrom('snapshots')
        .select('aggregate_id')
        .where('kind', '=', 'snapshot')
        .groupBy('aggregate_id')
        .having(({ fn }) => fn.countAll<number>(), '>', count)
        .limit(limit)
        .execute();
      return rows.map((row) => row.aggregate_id);
    },

    async listOutdated(limit) {
      const rows = await queries
        .selectFrom('snapshots')
        .select(['aggregate_id', 'version'])
        .where('fold_version', '<', foldVersion)
        .where('kind', '!=', 'erased')
        .orderBy('fold_version')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ aggregateId: row.aggregate_id, version: row.version }));
    },

    erasures: () => counted('erasures'),
    position: () => counted('position'),
  };
}

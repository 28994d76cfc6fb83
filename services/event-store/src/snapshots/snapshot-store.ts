import type { Database, Transaction } from '@fanfare/storage';
import type { Aggregate } from '../aggregates/aggregate';
import { foldVersion as currentFoldVersion } from '../aggregates/fold';
import type { JsonObject } from '../aggregates/json-object';
import type { VersionRange } from '../aggregates/load-aggregate';
import { fromRow, toRow, type SnapshotTables } from './snapshot-rows';

/** An aggregate that has not been erased. */
export type KnownAggregate = Aggregate & { readonly state: JsonObject };

/** What an aggregate was at one of its versions. */
export interface Snapshot {
  readonly id: string;
  readonly takenAt: Date;
  readonly aggregate: KnownAggregate;
}

export interface SnapshotPage {
  readonly aggregateType?: string | undefined;
  /** Only those that come after the one with this id in the order asked for. */
  readonly afterId?: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/**
 * The snapshots in the database, one at most of each version of an aggregate. Those of another fold than the present one
 * are there only for who asks for them.
 */
export interface SnapshotStore {
  /** The newest at one of these versions; an outdated one when nothing else is there and `isOutdatedWelcome`. */
  findNewest(
    aggregateId: string,
    versions: VersionRange,
    options?: { readonly isOutdatedWelcome?: boolean },
  ): Promise<Snapshot | null>;
  /** Oldest first, or newest first. */
  list(page: SnapshotPage): Promise<readonly Snapshot[]>;
  /** How many there are of each type of aggregate. */
  countByType(): Promise<Readonly<Record<string, number>>>;
  /** How often snapshots were erased; see `save`. */
  erasures(): Promise<number>;
  /**
   * Keeps a snapshot; answers the one that is there, if there is one of this version already. Null when snapshots were
   * erased since `erasures` was asked for: what the snapshot was made of may be older than that.
   */
  save(snapshot: Snapshot, erasures: number): Promise<Snapshot | null>;
  /** Removes the snapshots of these aggregates; answers how many there were. */
  erase(aggregateIds: readonly string[]): Promise<number>;
  /** Removes all but so many newest ones of an aggregate. */
  keepNewest(aggregateId: string, count: number): Promise<void>;
  /** Some of those that an earlier fold has left. */
  listOutdated(limit: number): Promise<readonly SnapshotKey[]>;
  removeOutdated(key: SnapshotKey): Promise<void>;
  /** Up to where the log was looked through. */
  position(): Promise<number>;
  moveTo(position: number): Promise<void>;
}

export interface SnapshotKey {
  readonly aggregateId: string;
  readonly version: number;
}

export interface SnapshotStoreOptions {
  readonly foldVersion?: number;
}

export function createSnapshotStore(
  database: Database,
  { foldVersion = currentFoldVersion }: SnapshotStoreOptions = {},
): SnapshotStore {
  const queries = database.queries.withTables<SnapshotTables>();

  async function counted(name: 'position' | 'erasures'): Promise<number> {
    const counter = queries.selectFrom('snapshot_counters').select('counted').where('name', '=', name);
    return (await counter.executeTakeFirstOrThrow()).counted;
  }

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
    async findNewest(aggregateId, { from, to }, { isOutdatedWelcome = false } = {}) {
      const row = await queries
        .selectFrom('snapshots')
        .selectAll()
        .where('aggregate_id', '=', aggregateId)
        .where('version', '>=', from)
        .where('version', '<=', to)
        .where('fold_version', isOutdatedWelcome ? '<=' : '=', foldVersion)
        .orderBy('fold_version', 'desc')
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row ? fromRow(row) : null;
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

    erasures: () => counted('erasures'),

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

    async listOutdated(limit) {
      const rows = await queries
        .selectFrom('snapshots')
        .select(['aggregate_id', 'version'])
        .where('fold_version', '<', foldVersion)
        .orderBy('fold_version')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ aggregateId: row.aggregate_id, version: row.version }));
    },

    async removeOutdated({ aggregateId, version }) {
      await queries
        .deleteFrom('snapshots')
        .where('aggregate_id', '=', aggregateId)
        .where('version', '=', version)
        .where('fold_version', '<', foldVersion)
        .execute();
    },

    position: () => counted('position'),

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

import type { Clock } from '@fanfare/core';
import type { Database, Queries } from '@fanfare/storage';
import type { Selectable, Updateable } from 'kysely';
import { z } from 'zod';
import type { AnalyticsTables } from '../analytics-tables';
import { difference, rebuildStatuses, type Difference, type Rebuild, type RebuildProgress } from './rebuild';

/** The rebuild has ended, or someone else works on it. */
export class RebuildOver extends Error {
  override readonly name = 'RebuildOver';
}

/** Who works on a rebuild. */
export interface RebuildHolder {
  readonly id: string;
  /** Grows with each holder. */
  readonly fence: number;
}

export interface RebuildStore {
  /** Throws `already_exists` while another has not ended. */
  begin(id: string, isShadow: boolean): Promise<Rebuild>;
  find(id: string): Promise<Rebuild | null>;
  /** The one that has not ended. */
  findActive(): Promise<Rebuild | null>;
  /** Ends one; false when it has ended before. */
  cancel(id: string): Promise<boolean>;
  /** Makes it the holder's, who begins from scratch. Like all that follow, throws `RebuildOver` when it is not his any more. */
  take(on: Queries, holder: RebuildHolder): Promise<void>;
  /** Whether nobody has taken any rebuild since `holder` took his. */
  isLast(on: Queries, holder: RebuildHolder): Promise<boolean>;
  advance(
    queries: Queries,
    holder: RebuildHolder,
    progress: RebuildProgress,
    status: 'running' | 'catching_up',
  ): Promise<void>;
  /** Says what it waits for. */
  noteWait(holder: RebuildHolder, reason: string): Promise<void>;
  complete(
    queries: Queries,
    holder: RebuildHolder,
    progress: RebuildProgress,
    found: Difference,
  ): Promise<void>;
  fail(holder: RebuildHolder, reason: string): Promise<void>;
}

type Row = Selectable<AnalyticsTables['rebuilds']>;

const untouched: RebuildProgress = {
  processed: 0,
  position: 0,
  skippedErased: 0,
  skippedOther: 0,
  keptOrders: 0,
};

export function createRebuildStore(database: Pick<Database, 'queries'>, clock: Clock): RebuildStore {
  const { queries } = database;
  const rebuilds = queries.withTables<AnalyticsTables>();
  const nowMs = () => clock.now().getTime();

  async function findOne(column: 'id' | 'active', value: string | 1): Promise<Rebuild | null> {
    const row = await rebuilds
      .selectFrom('rebuilds')
      .selectAll()
      .where(column, '=', value)
      .executeTakeFirst();
    return row ? toRebuild(row) : null;
  }

  async function write(
    on: Queries,
    { id, fence }: RebuildHolder,
    changes: Updateable<AnalyticsTables['rebuilds']>,
  ): Promise<void> {
    const { numUpdatedRows } = await on
      .withTables<AnalyticsTables>()
      .updateTable('rebuilds')
      .set({ error: null, ...changes })
      .where('id', '=', id)
      .where('active', '=', 1)
      .where('fence', '=', fence)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw new RebuildOver(`rebuild ${id} has ended, or is in other hands`);
  }

  return {
    async begin(id, isShadow) {
      const row: Row = {
        id,
        active: 1,
        fence: 0,
        status: 'running',
        shadow: isShadow ? 1 : 0,
        ...toColumns(untouched),
        started_at: nowMs(),
        finished_at: null,
        difference: null,
        error: null,
      };
      await rebuilds.insertInto('rebuilds').values(row).execute();
      return toRebuild(row);
    },
    find: (id) => findOne('id', id),
    findActive: () => findOne('active', 1),
    async cancel(id) {
      const { numUpdatedRows } = await rebuilds
        .updateTable('rebuilds')
        .set({ status: 'cancelled', active: null, error: null, finished_at: nowMs() })
        .where('id', '=', id)
        .where('active', '=', 1)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async take(on, holder) {
      await on
        .withTables<AnalyticsTables>()
        .updateTable('rebuilds')
        .set({ fence: holder.fence })
        .where('id', '=', holder.id)
        .where('fence', '<=', holder.fence)
        .execute();
      await write(on, holder, { status: 'running', ...toColumns(untouched) });
    },
    async isLast(on, { fence }) {
      const { last } = await on
        .withTables<AnalyticsTables>()
        .selectFrom('rebuilds')
        .select((row) => row.fn.max('fence').as('last'))
        .executeTakeFirstOrThrow();
      return last === fence;
    },
    advance: (on, holder, progress, status) => write(on, holder, { status, ...toColumns(progress) }),
    noteWait: (holder, reason) => write(queries, holder, { error: reason }),
    complete: (on, holder, progress, found) =>
      write(on, holder, {
        ...toColumns(progress),
        status: 'completed',
        difference: JSON.stringify(found),
        active: null,
        finished_at: nowMs(),
      }),
    fail: (holder, reason) =>
      write(queries, holder, { status: 'failed', error: reason, active: null, finished_at: nowMs() }),
  };
}

function toColumns({ processed, position, skippedErased, skippedOther, keptOrders }: RebuildProgress) {
  return {
    processed,
    position,
    skipped_erased: skippedErased,
    skipped_other: skippedOther,
    kept_orders: keptOrders,
  };
}

const status = z.enum(rebuildStatuses);

function toRebuild(row: Row): Rebuild {
  return {
    id: row.id,
    status: status.parse(row.status),
    isShadow: row.shadow === 1,
    processed: row.processed,
    position: row.position,
    skippedErased: row.skipped_erased,
    skippedOther: row.skipped_other,
    keptOrders: row.kept_orders,
    startedAt: new Date(row.started_at),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
    difference: row.difference === null ? null : difference.parse(JSON.parse(row.difference)),
    error: row.error,
  };
}

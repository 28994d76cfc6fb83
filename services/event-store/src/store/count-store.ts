import { createHash } from 'node:crypto';
import type { Clock } from '@fanfare/core';
import type { Database, LogEvent, SqlRow, Transaction } from '@fanfare/storage';
import { tally, type Amounts, type Tally } from './tally';
import type { StoreTables } from './store-tables';

/** What is counted: the events after `after`, which is where the log began when it was cut last, up to `position`. */
export interface CountState {
  readonly generation: string;
  readonly position: number;
  readonly after: number;
  /** When counting began. */
  readonly createdAt: Date;
  /** When the last event that is counted was recorded. */
  readonly updatedAt: Date;
}

export interface LogCounts extends CountState, Tally {}

/** Keeps what the log comes to. Every change says from where it goes on, so that of several who count one is right. */
export interface CountStore {
  state(): Promise<CountState>;
  read(): Promise<LogCounts>;
  /** Counts the events that follow `state.position`; false when somebody else has gone on from there. */
  add(state: CountState, events: readonly LogEvent[]): Promise<boolean>;
  /** Takes events out that follow `state.after`, up to `to`; false when somebody else has. */
  remove(state: CountState, to: number, events: Amounts): Promise<boolean>;
}

const firstGeneration = 'first';

type Kind = StoreTables['log_counts']['kind'];

const kinds = { events: 'event', aggregates: 'aggregate' } as const;

export function createCountStore({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Clock;
}): CountStore {
  const queries = database.queries.withTables<StoreTables>();

  async function state(): Promise<CountState> {
    const row = await queries.selectFrom('log_counts_state').selectAll().executeTakeFirst();
    if (row) return toState(row);
    const now = clock.now().getTime();
    await database.dialect.insertNewRows(database.queries, 'log_counts_state', [
      { id: 1, generation: firstGeneration, position: 0, counted_after: 0, created_at: now, updated_at: now },
    ]);
    return state();
  }

  return {
    state,

    async read() {
      const counted = await state();
      const rows = await queries
        .selectFrom('log_counts_state as state')
        .leftJoin('log_counts as counts', 'counts.generation', 'state.generation')
        .selectAll('state')
        .select(['kind', 'type', 'amount'])
        .execute();
      const amountsOf = (kind: Kind) =>
        new Map(
          rows.flatMap((row): [string, number][] =>
            row.kind === kind && row.type !== null && row.amount ? [[row.type, row.amount]] : [],
          ),
        );
      return {
        ...(rows[0] ? toState(rows[0]) : counted),
        events: amountsOf('event'),
        aggregates: amountsOf('aggregate'),
      };
    },

    add: (from, events) =>
      database.transact(async (tx) => {
        const last = events.at(-1);
        if (!last) return true;
        const { numUpdatedRows } = await tx.queries
          .withTables<StoreTables>()
          .updateTable('log_counts_state')
          .set({ position: last.position, updated_at: last.recordedAt.getTime() })
          .where('generation', '=', from.generation)
          .where('position', '=', from.position)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return false;
        await addToCounts(tx, from.generation, tally(events));
        return true;
      }),

    remove: (from, to, events) =>
      database.transact(async (tx) => {
        const { numUpdatedRows } = await tx.queries
          .withTables<StoreTables>()
          .updateTable('log_counts_state')
          .set({ counted_after: to })
          .where('generation', '=', from.generation)
          .where('counted_after', '=', from.after)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return false;
        const less = new Map([...events].map(([type, amount]) => [type, -amount]));
        await addToCounts(tx, from.generation, { events: less, aggregates: new Map() });
        return true;
      }),
  };
}

/** Adds what events come to to a generation of the counts. */
export async function addToCounts(tx: Transaction, generation: string, added: Tally): Promise<void> {
  const rows = (['events', 'aggregates'] as const).flatMap((what) =>
    [...added[what]].map(([type, amount]): SqlRow => ({
      generation,
      kind: kinds[what],
      type,
      amount,
      type_hash: createHash('sha256').update(type).digest('hex'),
    })),
  );
  const key = ['generation', 'kind', 'type_hash'];
  if (rows.length > 0) await tx.dialect.upsertRows(tx.queries, 'log_counts', rows, { key, add: ['amount'] });
}

function toState(row: StoreTables['log_counts_state']): CountState {
  return {
    generation: row.generation,
    position: row.position,
    after: row.counted_after,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

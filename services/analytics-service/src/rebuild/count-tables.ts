import type { Database, Queries, SqlDialect } from '@fanfare/storage';
import { CompiledQuery, sql } from 'kysely';
import type { AnalyticsTables } from '../analytics-tables';

/** A table that is counted from events. */
export interface CountTable {
  readonly name: string;
  readonly key: readonly string[];
  /** What follows from the events alone. */
  readonly values: readonly string[];
  /** What does not, and comes along when a row is written. */
  readonly others: readonly string[];
  /** A row in which this is 0 tells as much as no row. */
  readonly amount?: string;
}

const tally = {
  values: ['orders', 'cancelled_orders', 'quantity', 'revenue_minor'],
  others: [],
  amount: 'orders',
};

/** All of them; see `migrations/`. */
export const countTables: readonly CountTable[] = [
  {
    name: 'order_metrics',
    key: ['order_id'],
    values: ['customer_id', 'product_id', 'quantity', 'total_amount_minor', 'status', 'created_at'],
    others: ['processed_at'],
  },
  {
    name: 'order_totals',
    key: ['id'],
    values: ['total_orders', 'cancelled_orders', 'revenue_minor', 'last_event_at'],
    others: ['version'],
  },
  { name: 'product_totals', key: ['product_id'], ...tally },
  { name: 'customer_totals', key: ['customer_id'], ...tally },
  { name: 'status_totals', key: ['status'], values: ['orders'], others: [], amount: 'orders' },
  { name: 'time_totals', key: ['bucket', 'start_at'], ...tally },
];

/** What a table is called that is filled beside the one that is served. */
export function freshNameOf({ name }: CountTable): string {
  return `rebuild_${name}`;
}

/**
 * Makes the fresh tables, empty, whatever was left of former ones. They are copies of those that are served now. `begin` comes
 * first, when nobody else can change them any more: if it throws, they stay as they are.
 */
export function createFreshTables(
  database: Database,
  begin: (queries: Queries) => Promise<void>,
): Promise<void> {
  return database.changeSchema(async (queries) => {
    await begin(queries);
    await dropAll(queries);
    for (const table of countTables) await createCopy(queries, database.dialect, table);
    await queries
      .withTables<AnalyticsTables>()
      .insertInto('rebuild_order_totals')
      .values({
        id: 1,
        total_orders: 0,
        cancelled_orders: 0,
        revenue_minor: 0,
        version: 0,
        last_event_at: null,
      })
      .execute();
  });
}

/** Removes the fresh tables if `isMine` says so when nobody else can change them any more. */
export function dropFreshTables(
  database: Pick<Database, 'changeSchema'>,
  isMine: (queries: Queries) => Promise<boolean>,
): Promise<void> {
  return database.changeSchema(async (queries) => {
    if (await isMine(queries)) await dropAll(queries);
  });
}

async function dropAll(queries: Queries): Promise<void> {
  for (const table of countTables) {
    await sql`drop table if exists ${sql.table(freshNameOf(table))}`.execute(queries);
  }
}

async function createCopy(queries: Queries, dialect: SqlDialect, table: CountTable): Promise<void> {
  const fresh = freshNameOf(table);
  if (dialect.name === 'mysql') {
    await sql`create table ${sql.table(fresh)} like ${sql.table(table.name)}`.execute(queries);
    return;
  }
  const { rows } = await sql<{ definition: string }>`
    select sql as definition from sqlite_master where type = 'table' and name = ${table.name}`.execute(
    queries,
  );
  // SQLite keeps the statement that made the table; its name stands first in it
  const definition = (rows[0]?.definition ?? '').replace(table.name, fresh);
  await queries.executeQuery(CompiledQuery.raw(definition));
}

import { sql } from 'kysely';
import type { Database } from '../database';
import type { Queries } from '../queries';
import type { SqlRow } from '../sql-dialect';

/** The table that the suites of this package write to. */
export type ItemTables = {
  items: { id: string; n: number; body: string | null; bytes: Buffer | null };
};

export function createItems(database: Database): Promise<void> {
  return database.changeSchema(async (queries) => {
    await sql`create table items (
      id varchar(64) not null primary key, n bigint not null, body longtext, bytes mediumblob)`.execute(
      queries,
    );
  });
}

export function item(id: string, n = 0): SqlRow {
  return { id, n, body: null, bytes: null };
}

/** The ids in the table, in order. */
export async function itemIds(queries: Queries): Promise<readonly string[]> {
  const rows = await withItems(queries).selectFrom('items').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

/** The number beside an id, or undefined. */
export async function numberOf(queries: Queries, id: string): Promise<number | undefined> {
  const row = await withItems(queries)
    .selectFrom('items')
    .select('n')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.n;
}

export function withItems(queries: Queries) {
  return queries.withTables<ItemTables>();
}

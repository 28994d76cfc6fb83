import type { Database } from '@fanfare/storage';
import { CompiledQuery, sql } from 'kysely';

/** As JSON has it; bytes are written as `{ "base64": "…" }`. */
type Value = string | number | null | { readonly base64: string };

interface TableRecord {
  readonly table: string;
  /** What made it and its indexes. Migrations are the same for every database, and SQLite keeps their words. */
  readonly statements: readonly string[];
  readonly rows: readonly Readonly<Record<string, Value>>[];
}

/** A database of a released version, as text. */
export type DatabaseRecord = readonly TableRecord[];

/** Reads a database on SQLite. */
export async function recordDatabase({ queries }: Pick<Database, 'queries'>): Promise<DatabaseRecord> {
  const { rows: made } = await sql<{ table: string; statement: string }>`
    select tbl_name as ${sql.ref('table')}, sql as statement from sqlite_master
    where sql is not null and name not like 'sqlite%' order by rowid`.execute(queries);
  const records: TableRecord[] = [];
  for (const table of new Set(made.map((each) => each.table))) {
    records.push({
      table,
      statements: made.filter((each) => each.table === table).map(({ statement }) => statement),
      rows: await readRows(queries, table, await readColumns(queries, table)),
    });
  }
  return records;
}

/** Makes a database as it is recorded, in an empty one of any kind. */
export async function restoreDatabase(database: Database, record: DatabaseRecord): Promise<void> {
  await database.changeSchema(async (queries) => {
    for (const statement of record.flatMap(({ statements }) => statements)) {
      await queries.executeQuery(CompiledQuery.raw(statement));
    }
  });
  await database.transact(async ({ queries, dialect }) => {
    for (const { table, rows } of record) {
      if (rows.length > 0) await dialect.insertRows(queries, table, rows.map(fromJson));
    }
  });
}

/** What is in the columns of a record now, table by table. */
export async function readRecorded({ queries }: Pick<Database, 'queries'>, record: DatabaseRecord) {
  const found = new Map<string, TableRecord['rows']>();
  for (const { table, rows } of record) {
    const columns = Object.keys(rows[0] ?? {});
    found.set(table, columns.length > 0 ? await readRows(queries, table, columns) : []);
  }
  return found;
}

/** Of what kind tables, columns and indexes are: equal for databases that behave alike. */
export async function describeSchema({ queries, dialect }: Pick<Database, 'queries' | 'dialect'>) {
  if (dialect.name === 'sqlite') {
    const { rows } = await sql`select name, sql from sqlite_master order by name`.execute(queries);
    return rows;
  }
  const columns = await sql`
    select table_name, column_name, ordinal_position, column_type, is_nullable, column_default, collation_name, extra
    from information_schema.columns where table_schema = database() order by table_name, ordinal_position`.execute(
    queries,
  );
  const indexes = await sql`
    select table_name, index_name, seq_in_index, column_name, non_unique
    from information_schema.statistics where table_schema = database() order by table_name, index_name, seq_in_index`.execute(
    queries,
  );
  return [...columns.rows, ...indexes.rows];
}

/** Without what a database computes by itself. */
async function readColumns(queries: Database['queries'], table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(queries);
  return rows.map(({ name }) => name);
}

async function readRows(queries: Database['queries'], table: string, columns: readonly string[]) {
  const { rows } = await sql<Readonly<Record<string, unknown>>>`
    select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(table)}`.execute(queries);
  return rows.map(toJson);
}

const toJson = (row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof Uint8Array
        ? { base64: Buffer.from(value).toString('base64') }
        : (value as Exclude<Value, object>),
    ]),
  );

const fromJson = (row: Readonly<Record<string, Value>>) =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value !== null && typeof value === 'object' ? Buffer.from(value.base64, 'base64') : value,
    ]),
  );

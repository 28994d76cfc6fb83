import type { GoOn } from '@fanfare/service-kit';
import type { Database, Queries, SqlRow, Transaction } from '@fanfare/storage';
import { sql, type RawBuilder } from 'kysely';
import type { Contents } from './contents';
import { rewriteContents } from './rewrite-contents';

/** Few enough to be looked through, and to be changed together, in much less time than a statement may take. */
const pageSize = 200;

interface Page {
  /** Keys of rows in which the subject is named. */
  readonly found: readonly SqlRow[];
  /** Of the last row that was looked at; undefined after the last one of the table. */
  readonly last: SqlRow | undefined;
}

/** Takes a subject out of a table, page by page along its key, as nothing is indexed by content. */
export async function forgetInDatabase(
  { database, goOn }: { readonly database: Database; readonly goOn: GoOn },
  contents: Contents,
  subject: string,
): Promise<void> {
  let after: SqlRow | undefined;
  do {
    const { found, last } = await readPage(database.queries, contents, subject, after);
    if (found.length > 0) {
      await database.transact(async (tx) => {
        for (const key of found) await rewriteRow(tx, contents, key, subject);
      });
    }
    goOn();
    after = last;
  } while (after);
}

/** Looked through without a lock. */
async function readPage(
  queries: Queries,
  contents: Contents,
  subject: string,
  after: SqlRow | undefined,
): Promise<Page> {
  const rows: SqlRow[] = [];
  for (const range of rangesBehind(contents.key, after)) {
    const limit = pageSize - rows.length;
    if (limit > 0) rows.push(...(await selectRange(contents, subject, range, limit).execute(queries)).rows);
  }
  return {
    found: rows.filter((row) => row['is_found'] === 1),
    last: rows.length < pageSize ? undefined : rows.at(-1),
  };
}

/**
 * What is behind a row, the nearest first: rows that differ from it in the last column of the key only, then in the last but
 * one. Databases find each of them in the key at once, but scan all rows for what says the same in one condition.
 */
export function rangesBehind(
  key: readonly string[],
  row: SqlRow | undefined,
): readonly RawBuilder<unknown>[] {
  if (!row) return [sql`1 = 1`];
  const ranges = key.map((name, index) => {
    const same = key.slice(0, index).map((earlier) => sql`${sql.ref(earlier)} = ${row[earlier]} and `);
    return sql`${sql.join(same, sql``)}${sql.ref(name)} > ${row[name]}`;
  });
  return ranges.reverse();
}

/** The keys of a range, in their order, with whether the subject is named there. */
export function selectRange(
  { table, key, columns }: Contents,
  subject: string,
  range: RawBuilder<unknown>,
  limit: number,
): RawBuilder<SqlRow> {
  const keyColumns = sql.join(key.map((name) => sql.ref(name)));
  const named = columns.map((name) => sql`instr(${sql.ref(name)}, ${JSON.stringify(subject)}) > 0`);
  return sql<SqlRow>`
    select ${keyColumns}, case when ${sql.join(named, sql` or `)} then 1 else 0 end as is_found
    from ${sql.table(table)} where ${range}
    order by ${keyColumns} limit ${limit}`;
}

/** Locked, as whoever works with it does. */
async function rewriteRow(
  tx: Transaction,
  { table, key, columns }: Contents,
  found: SqlRow,
  subject: string,
): Promise<void> {
  const isRow = sql.join(
    key.map((name) => sql`${sql.ref(name)} = ${found[name]}`),
    sql` and `,
  );
  const { rows } = await sql<SqlRow>`
    select ${sql.join(columns.map((name) => sql.ref(name)))} from ${sql.table(table)}
    where ${isRow} ${tx.dialect.forUpdate}`.execute(tx.queries);
  const changed = Object.entries(rewriteContents(rows[0] ?? {}, columns, subject));
  if (changed.length === 0) return;
  const changes = changed.map(([name, text]) => sql`${sql.ref(name)} = ${text}`);
  await sql`update ${sql.table(table)} set ${sql.join(changes)} where ${isRow}`.execute(tx.queries);
}

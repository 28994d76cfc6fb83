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
  { table, key, columns }: Contents,
  subject: string,
  after: SqlRow | undefined,
): Promise<Page> {
  const keyColumns = sql.join(key.map((name) => sql.ref(name)));
  const named = columns.map((name) => sql`instr(${sql.ref(name)}, ${JSON.stringify(subject)}) > 0`);
  const { rows } = await sql<SqlRow>`
    select ${keyColumns}, case when ${sql.join(named, sql` or `)} then 1 else 0 end as is_found
    from ${sql.table(table)} ${after ? sql`where ${isBehind(key, after)}` : sql``}
    order by ${keyColumns} limit ${pageSize}`.execute(queries);
  return {
    found: rows.filter((row) => row['is_found'] === 1),
    last: rows.length < pageSize ? undefined : rows.at(-1),
  };
}

/** Spelt out, as databases find no range by a comparison of several columns at once. */
function isBehind(key: readonly string[], row: SqlRow): RawBuilder<unknown> {
  const places = key.map((name, index) => {
    const earlier = key.slice(0, index).map((same) => sql`${sql.ref(same)} = ${row[same]} and `);
    return sql`(${sql.join(earlier, sql``)}${sql.ref(name)} > ${row[name]})`;
  });
  return sql`(${sql.join(places, sql` or `)})`;
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

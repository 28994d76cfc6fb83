import { AppError } from '@fanfare/core';
import { CompiledQuery, sql } from 'kysely';
import { createBulkInsert } from '../../bulk-insert';
import type { SqlDialect } from '../../sql-dialect';
import { assignments, equalsAll, quoteName } from '../../sql-text';

const quote = '"';

/** SQLite takes 32,766 parameters. Statements stay prepared, and more than 100 rows in one make it no faster (measured). */
const insertRows = createBulkInsert({
  quote,
  maxParameters: 32_766,
  maxCharacters: 16_000_000,
  maxRows: 100,
});

export const sqliteDialect: SqlDialect = {
  name: 'sqlite',

  async insertRows(queries, table, rows) {
    await insertRows(queries, { table, rows, verb: 'insert into' });
  },

  async insertNewRows(queries, table, rows) {
    const ending = 'on conflict do nothing';
    const results = await insertRows(queries, { table, rows, verb: 'insert into', ending });
    return results.reduce((total, { numAffectedRows = 0n }) => total + Number(numAffectedRows), 0);
  },

  async upsertRows(queries, table, rows, change) {
    const key = change.key.map((column) => quoteName(column, quote)).join(', ');
    const update = assignments(change, quote, (name) => `excluded.${name}`);
    const ending = `on conflict (${key}) do ${update ? `update set ${update}` : 'nothing'}`;
    await insertRows(queries, { table, rows, verb: 'insert into', ending });
  },

  async takeNumbers(queries, table, column, where, count) {
    const name = quoteName(column, quote);
    const text =
      `update ${quoteName(table, quote)} set ${name} = ${name} + ? ` +
      `where ${equalsAll(where, quote)} returning ${name} as taken`;
    const { rows } = await queries.executeQuery<{ taken: number }>(
      CompiledQuery.raw(text, [count, ...Object.values(where)]),
    );
    const [row] = rows;
    if (!row) throw new AppError('not_found', `no such row in ${table}`);
    return row.taken - count;
  },

  // a transaction that writes is alone anyway
  forUpdate: sql``,
  forShare: sql``,
  forUpdateSkipLocked: sql``,
};

import { AppError } from '@fanfare/core';
import { CompiledQuery, sql } from 'kysely';
import { createBulkInsert, inTransaction } from '../../bulk-insert';
import type { Queries } from '../../queries';
import type { SqlDialect, SqlRow } from '../../sql-dialect';
import { assignments, equalsAll, quoteName } from '../../sql-text';
import type { MysqlResult } from './session';

const quote = '`';

/** A statement must fit into `max_allowed_packet`, 16 MB where nobody has set it, of up to three bytes a character. */
const insertRows = createBulkInsert({
  quote,
  maxParameters: 65_535,
  maxCharacters: 1_000_000,
  maxRows: 1_000,
});

export const mysqlDialect: SqlDialect = {
  name: 'mysql',

  async insertRows(queries, table, rows, options) {
    await insertRows(queries, { ...options, table, rows, verb: 'insert into' });
  },

  insertNewRows: (queries, table, rows) =>
    inTransaction(queries, (transaction) => insertIgnore(transaction, table, rows)),

  async upsertRows(queries, table, rows, change, options) {
    const [firstKey = ''] = change.key;
    const nothing = `${quoteName(firstKey, quote)} = ${quoteName(firstKey, quote)}`;
    const action = assignments(change, quote, newValue) || nothing;
    await insertRows(queries, {
      ...options,
      table,
      rows,
      verb: 'insert into',
      ending: `on duplicate key update ${action}`,
    });
  },

  /** `last_insert_id(c)` leaves the value of before in the answer to the update: no second statement to read it. */
  async takeNumbers(queries, table, column, where, count) {
    const name = quoteName(column, quote);
    const text = `update ${quoteName(table, quote)} set ${name} = last_insert_id(${name}) + ? where ${equalsAll(where, quote)}`;
    const { numAffectedRows, insertId } = await queries.executeQuery(
      CompiledQuery.raw(text, [count, ...Object.values(where)]),
    );
    if (numAffectedRows !== 1n) throw new AppError('not_found', `no such row in ${table}`);
    return Number(insertId);
  },

  forUpdate: sql`for update`,
  // MariaDB does not know `for share`
  forShare: sql`lock in share mode`,
  forUpdateSkipLocked: sql`for update skip locked`,
};

async function insertIgnore(queries: Queries, table: string, rows: readonly SqlRow[]): Promise<number> {
  const results: MysqlResult[] = await insertRows(queries, { table, rows, verb: 'insert ignore into' });
  const inserted = sum(results.map(({ numAffectedRows = 0n }) => Number(numAffectedRows)));
  // `ignore` forgives a text too long or a missing value as well, where it should only leave out known keys:
  // each row left out is one warning, and what was forgiven beyond that is one more
  const warnings = sum(results.map(({ numWarnings = 0 }) => numWarnings));
  if (inserted + warnings > rows.length) throw new AppError('internal', 'a row does not fit into its table');
  return inserted;
}

/** Deprecated by MySQL 8 in favour of a row alias, which MariaDB does not know; works on both. */
function newValue(name: string): string {
  return `values(${name})`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

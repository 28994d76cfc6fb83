import type { Transaction } from '@fanfare/storage';
import { sql } from 'kysely';
import type { AnalyticsTables, TableSet } from '../analytics-tables';
import { selectTotals } from '../reports/report-store';
import { toSummaryBody } from '../reports/summary';
import { countTables, type CountTable } from './count-tables';
import type { Difference, TableDifference } from './rebuild';
import { wordsFor, type Sql } from './table-words';

const maxExamples = 5;

/** What a table that has lost its only row tells. */
const noTotals = { orders: 0, cancelledOrders: 0, revenueMinor: 0, version: 0, lastEventAtMs: null };

type Examples = TableDifference['examples'];

/**
 * Keeps the served tables as they are until `tx` ends: whoever changes them changes this row too, last of all. Gives the
 * rebuilt totals the version that comes next.
 */
export async function lockServedTotals({ queries, dialect }: Transaction): Promise<void> {
  const served = await selectTotals(queries).modifyEnd(dialect.forUpdate).executeTakeFirst();
  await queries
    .withTables<AnalyticsTables>()
    .updateTable('rebuild_order_totals')
    .set({ version: (served?.version ?? 0) + 1 })
    .execute();
}

/** Compares the served tables with the fresh ones, which both must stand still. */
export async function compareTables(tx: Transaction): Promise<Difference> {
  const tables: TableDifference[] = [];
  for (const table of countTables) {
    const found = await compareTable(tx, table);
    if (found.missing + found.changed + found.extra > 0) tables.push(found);
  }
  return {
    equal: tables.length === 0,
    before: await readSummary(tx, ''),
    after: await readSummary(tx, 'rebuild_'),
    tables,
  };
}

async function readSummary({ queries }: Transaction, tables: TableSet) {
  const totals = await selectTotals(queries, tables).executeTakeFirst();
  return toSummaryBody(totals ?? noTotals);
}

async function compareTable({ queries }: Transaction, table: CountTable): Promise<TableDifference> {
  const { wrong, extra, columns, servedKey } = comparisonOf(table);

  async function count(rows: Sql): Promise<{ total: number; changed: number }> {
    const { rows: answer } = await sql<{ total: number; changed: number }>`
      select count(*) as total, count(${servedKey}) as changed from ${rows}`.execute(queries);
    return answer[0] ?? { total: 0, changed: 0 };
  }

  async function readExamples(rows: Sql): Promise<Examples> {
    const found = await sql<ComparedRow>`
      select ${columns} from ${rows} limit ${maxExamples}`.execute(queries);
    return found.rows.map((row) => toExample(table, row));
  }

  const wrongRows = await count(wrong);
  const extraRows = await count(extra);
  return {
    table: table.name,
    missing: wrongRows.total - wrongRows.changed,
    changed: wrongRows.changed,
    extra: extraRows.total,
    examples: [
      ...(wrongRows.total > 0 ? await readExamples(wrong) : []),
      ...(extraRows.total > 0 ? await readExamples(extra) : []),
    ],
  };
}

/** The rows that a table lacks or has otherwise, those that it has too many, and what they hold on both sides. */
function comparisonOf(table: CountTable) {
  const { served, fresh, isSame, differs, servedColumn, freshColumn } = wordsFor(table);
  const { key, values, amount } = table;
  const [firstKey = ''] = key;
  const [servedKey, freshKey] = [servedColumn(firstKey), freshColumn(firstKey)];
  const counts = (column: (name: string) => Sql) =>
    amount === undefined ? sql`1 = 1` : sql`${column(amount)} <> 0`;
  return {
    servedKey,
    wrong: sql`${fresh} left join ${served} on ${isSame}
      where (${servedKey} is null and ${counts(freshColumn)}) or (${servedKey} is not null and ${differs})`,
    extra: sql`${served} left join ${fresh} on ${isSame}
      where ${freshKey} is null and ${counts(servedColumn)}`,
    columns: sql.join(
      [...key, ...values].flatMap((name) => [
        sql`${servedColumn(name)} as ${sql.ref(`before_${name}`)}`,
        sql`${freshColumn(name)} as ${sql.ref(`after_${name}`)}`,
      ]),
    ),
  };
}

type ComparedRow = Readonly<Record<string, string | number | null>>;

function toExample({ key, values }: CountTable, row: ComparedRow): Examples[number] {
  const pick = (names: readonly string[], side: 'before' | 'after') =>
    Object.fromEntries(names.map((name) => [name, row[`${side}_${name}`] ?? null]));
  const isThere = (side: 'before' | 'after') => row[`${side}_${key[0] ?? ''}`] !== null;
  const side = isThere('before') ? 'before' : 'after';
  return {
    key: pick(key, side),
    before: isThere('before') ? pick(values, 'before') : null,
    after: isThere('after') ? pick(values, 'after') : null,
  };
}

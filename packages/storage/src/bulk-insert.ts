import { AppError } from '@fanfare/core';
import { CompiledQuery, type QueryResult } from 'kysely';
import type { Queries } from './database';
import type { SqlRow, SqlValue } from './sql-dialect';
import { quoteName } from './sql-text';

/** How a database takes many rows in one statement. */
export interface BulkInsertLimits {
  readonly quote: string;
  readonly maxParameters: number;
  /** Rough length of a statement's text, values included. */
  readonly maxCharacters: number;
  readonly maxRows: number;
}

export interface BulkInsert {
  readonly table: string;
  readonly rows: readonly SqlRow[];
  /** Begins the statement: `insert into`, or a variant of it. */
  readonly verb: string;
  /** Ends the statement: what happens to rows whose key exists. */
  readonly ending?: string;
}

/**
 * Runs an insert of rows that all have the columns of the first, in as few statements as the limits allow, and returns
 * what each statement answered. Past Kysely's builder, which would make a tree of nodes of every single value: batches
 * of hundreds of rows are what hot paths do.
 */
export type RunBulkInsert = (queries: Queries, insert: BulkInsert) => Promise<QueryResult<unknown>[]>;

export function createBulkInsert(limits: BulkInsertLimits): RunBulkInsert {
  const buildText = createTextBuilder(limits.quote);

  return async function runBulkInsert(queries, { table, rows, verb, ending = '' }) {
    const [first] = rows;
    if (!first) return [];
    const columns = Object.keys(first);
    const answers: QueryResult<unknown>[] = [];
    for (const { rowCount, values } of splitIntoChunks(rows, columns, limits)) {
      const text = buildText(`${verb} ${quoteName(table, limits.quote)}`, columns, ending, rowCount);
      answers.push(await queries.executeQuery(CompiledQuery.raw(text, values)));
    }
    return answers;
  };
}

interface Chunk {
  readonly rowCount: number;
  readonly values: SqlValue[];
}

function* splitIntoChunks(
  rows: readonly SqlRow[],
  columns: readonly string[],
  { maxParameters, maxCharacters, maxRows }: BulkInsertLimits,
): Generator<Chunk> {
  const rowLimit = Math.min(maxRows, Math.floor(maxParameters / columns.length));
  let values: SqlValue[] = [];
  let rowCount = 0;
  let characters = 0;
  for (const row of rows) {
    if (rowCount === rowLimit || characters > maxCharacters) {
      yield { rowCount, values };
      values = [];
      rowCount = 0;
      characters = 0;
    }
    for (const column of columns) {
      const value = row[column];
      if (value === undefined) throw new AppError('internal', `a row has no value for its column ${column}`);
      values.push(value);
      characters += lengthOf(value);
    }
    rowCount += 1;
  }
  yield { rowCount, values };
}

const lengthOfNumber = 16;

function lengthOf(value: SqlValue): number {
  if (typeof value === 'string') return value.length;
  return Buffer.isBuffer(value) ? 2 * value.length : lengthOfNumber;
}

const maxCachedTexts = 1_000;

/** Statement texts differ only in table, columns and number of rows, so each is built once and kept. */
function createTextBuilder(quote: string) {
  const texts = new Map<string, string>();

  return function buildText(
    start: string,
    columns: readonly string[],
    ending: string,
    rowCount: number,
  ): string {
    const key = `${rowCount} ${start} ${columns.join()} ${ending}`;
    let text = texts.get(key);
    if (text === undefined) {
      const names = columns.map((column) => quoteName(column, quote)).join(', ');
      const row = `(${columns.map(() => '?').join(',')})`;
      text = `${start} (${names}) values ${row}${`,${row}`.repeat(rowCount - 1)} ${ending}`.trimEnd();
      if (texts.size >= maxCachedTexts) texts.clear();
      texts.set(key, text);
    }
    return text;
  };
}

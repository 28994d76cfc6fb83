import { AppError } from '@fanfare/core';
import { CompiledQuery, type QueryResult } from 'kysely';
import type { Queries } from './queries';
import type { SqlRow, SqlValue } from './sql-dialect';
import { lengthOf, quoteName } from './sql-text';
import { unanswered } from './unanswered-query';

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
  /** Whether nobody looks at the answers; see `unanswered`. */
  readonly isUnanswered?: boolean;
}

/**
 * Runs an insert of rows that all have the columns of the first, in as few statements as the limits allow, all or
 * nothing, and returns what each statement answered. Past Kysely's builder, which would make a tree of nodes of every
 * single value: batches of hundreds of rows are what hot paths do.
 */
export type RunBulkInsert = (queries: Queries, insert: BulkInsert) => Promise<QueryResult<unknown>[]>;

export function createBulkInsert(limits: BulkInsertLimits): RunBulkInsert {
  const buildText = createTextBuilder(limits.quote);

  return async function runBulkInsert(queries, { table, rows, verb, ending = '', isUnanswered = false }) {
    const columns = Object.keys(rows[0] ?? {});
    const start = `${verb} ${quoteName(table, limits.quote)}`;
    const statements = splitIntoChunks(rows, columns, limits).map(({ rowCount, values }) => {
      const statement = CompiledQuery.raw(buildText(start, columns, ending, rowCount), values);
      return isUnanswered ? unanswered(statement) : statement;
    });
    return statements.length > 1
      ? inTransaction(queries, (transaction) => runAll(transaction, statements))
      : runAll(queries, statements);
  };
}

async function runAll(
  queries: Queries,
  statements: readonly CompiledQuery[],
): Promise<QueryResult<unknown>[]> {
  const answers = [];
  for (const statement of statements) answers.push(await queries.executeQuery(statement));
  return answers;
}

/** Runs `action` in the transaction that `queries` are of, or else in one of its own. */
export function inTransaction<T>(queries: Queries, action: (queries: Queries) => Promise<T>): Promise<T> {
  return queries.isTransaction ? action(queries) : queries.transaction().execute(action);
}

interface Chunk {
  rowCount: number;
  characters: number;
  readonly values: SqlValue[];
}

function splitIntoChunks(
  rows: readonly SqlRow[],
  columns: readonly string[],
  { maxParameters, maxCharacters, maxRows }: BulkInsertLimits,
): readonly Chunk[] {
  const rowLimit = Math.min(maxRows, Math.floor(maxParameters / columns.length));
  const chunks: Chunk[] = [];
  let chunk: Chunk | undefined;
  for (const row of rows) {
    if (!chunk || chunk.rowCount === rowLimit || chunk.characters > maxCharacters) {
      chunk = { rowCount: 0, characters: 0, values: [] };
      chunks.push(chunk);
    }
    for (const column of columns) {
      const value = row[column];
      if (value === undefined) throw new AppError('internal', `a row has no value for its column ${column}`);
      chunk.values.push(value);
      chunk.characters += lengthOf(value);
    }
    chunk.rowCount += 1;
  }
  return chunks;
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

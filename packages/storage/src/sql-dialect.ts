import type { RawBuilder } from 'kysely';
import type { Queries } from './queries';

/** A value as both drivers take it. */
export type SqlValue = string | number | null | Buffer;

/** The few things that MySQL/MariaDB and SQLite say differently. All the rest is plain Kysely. */
export interface SqlDialect {
  readonly name: 'mysql' | 'sqlite';
  /**
   * Inserts rows, all with the same columns, in as few statements as fit, all or none of them.
   * Throws `already_exists` on a clash.
   */
  insertRows(queries: Queries, table: string, rows: readonly SqlRow[], options?: WriteOptions): Promise<void>;
  /** Inserts the rows whose key is new, leaves the others alone; returns how many were new. */
  insertNewRows(queries: Queries, table: string, rows: readonly SqlRow[]): Promise<number>;
  /**
   * Inserts rows; where the key exists, changes the row instead: each column named in `add` grows by the given value,
   * each named in `replace` becomes it. Rows of one call must have different keys.
   */
  upsertRows(
    queries: Queries,
    table: string,
    rows: readonly SqlRow[],
    change: UpsertChange,
    options?: WriteOptions,
  ): Promise<void>;
  /**
   * Adds `count` to `column` of the one row that `where` names and returns the value before, in one round trip.
   * The row stays locked until the transaction ends. Throws `not_found` when there is no such row.
   */
  takeNumbers(queries: Queries, table: string, column: string, where: SqlRow, count: number): Promise<number>;
  /** Appended to a select inside a transaction: locks the rows read (nothing on SQLite, which runs one at a time). */
  readonly forUpdate: RawBuilder<unknown>;
  /** The same, but others may hold it as well: nobody changes the rows meanwhile. */
  readonly forShare: RawBuilder<unknown>;
  /** As `forUpdate`, but leaves out the rows that somebody else has locked instead of waiting for them. */
  readonly forUpdateSkipLocked: RawBuilder<unknown>;
}

export interface WriteOptions {
  /** Inside a transaction: nobody waits for the answer, so the error may come later; see `unanswered`. */
  readonly isUnanswered?: boolean;
}

export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What an upsert does to a row whose `key` exists. */
export interface UpsertChange {
  readonly key: readonly string[];
  readonly add?: readonly string[];
  readonly replace?: readonly string[];
}

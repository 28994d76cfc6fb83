import type { Queries, SqlValue } from '@fanfare/storage';

type AnyTable = Record<string, Record<string, SqlValue>>;

export interface EndedRows {
  readonly table: string;
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** The column that says when it ended. */
  readonly endedAt?: string;
}

/** Deletes up to `limit` rows that ended before a time; returns how many were found. */
export async function pruneRows(
  queries: Queries,
  { table, key, endedAt = 'ended_at' }: EndedRows,
  before: Date,
  limit: number,
): Promise<number> {
  const tables = queries.withTables<AnyTable>();
  const ended = await tables
    .selectFrom(table)
    .select(key)
    .where(endedAt, '<', before.getTime())
    .limit(limit)
    .execute();
  for (const found of ended) {
    await tables
      .deleteFrom(table)
      .where((row) => row.and(found))
      // it may have come to life again just now, such as a lease where RETENTION is very short
      .where(endedAt, '<', before.getTime())
      .execute();
  }
  return ended.length;
}

import type { SqliteClient, SqliteStatement } from './client';

const maxCachedStatements = 500;

/** Prepares statements, and keeps those that were prepared last. */
export function createStatementCache(client: SqliteClient): (sql: string) => SqliteStatement {
  const statements = new Map<string, SqliteStatement>();
  return function prepare(sql) {
    const known = statements.get(sql);
    if (known) return known;
    const statement = client.prepare(sql);
    if (statements.size >= maxCachedStatements) statements.clear();
    statements.set(sql, statement);
    return statement;
  };
}

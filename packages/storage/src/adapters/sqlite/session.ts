import { computeBackoffDelayMs, type Clock } from '@fanfare/core';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { Session } from '../../kysely-driver';
import type { SqliteClient, SqliteStatement } from './client';
import { isBusy, toAppError } from './errors';

const maxCachedStatements = 500;
const busyLimitMs = 5_000;
const busyBackoff = { firstMs: 2, maxMs: 50 };

/** The one session of a SQLite database. Statements run at once, in this thread; only waiting for a lock takes turns. */
export function createSession(client: SqliteClient, clock: Clock): Session {
  const prepare = createStatementCache(client);

  function runStatement({ sql, parameters }: CompiledQuery): QueryResult<unknown> {
    const statement = prepare(sql);
    if (statement.reader) return { rows: statement.all(parameters) };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** The library would wait by blocking the whole process, and with it whoever holds the lock here. */
  async function retryWhileBusy<T>(action: () => T): Promise<T> {
    const deadlineMs = clock.elapsedMs() + busyLimitMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return action();
      } catch (error) {
        const mayRetry = isBusy(error) && !client.inTransaction && clock.elapsedMs() < deadlineMs;
        if (!mayRetry) throw toAppError(error);
        await clock.sleep(computeBackoffDelayMs(tries, busyBackoff));
      }
    }
  }

  return {
    get isUsable() {
      return client.open;
    },
    executeQuery: <Row>(query: CompiledQuery) =>
      retryWhileBusy(() => runStatement(query) as QueryResult<Row>),
    // takes the write lock at once: two processes that read first and write later would fail each other
    begin: () => retryWhileBusy(() => void client.exec('begin immediate')),
    commit: () => retryWhileBusy(() => void client.exec('commit')),
    rollback: async () => {
      try {
        // some errors, a full disk for one, have rolled back already
        if (client.inTransaction) client.exec('rollback');
      } catch {
        client.close();
      }
    },
    close: async () => {
      client.close();
    },
  };
}

/** Keeps the statements that were prepared last. */
function createStatementCache(client: SqliteClient): (sql: string) => SqliteStatement {
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

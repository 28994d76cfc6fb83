import type { Clock } from '@fanfare/core';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { Session } from '../../kysely-driver';
import type { SqliteClient } from './client';
import { retryWhileBusy } from './retry-while-busy';
import { createStatementCache } from './statement-cache';

/** The one session of a SQLite database. Statements run at once, in this thread; only waiting for a lock takes turns. */
export function createSession(client: SqliteClient, clock: Clock): Session {
  const prepare = createStatementCache(client);

  function runStatement({ sql, parameters }: CompiledQuery): QueryResult<unknown> {
    const statement = prepare(sql);
    if (statement.reader) return { rows: statement.all(parameters) };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  return {
    get isUsable() {
      return client.open;
    },
    executeQuery: <Row>(query: CompiledQuery) =>
      retryWhileBusy(client, clock, () => runStatement(query) as QueryResult<Row>),
    // takes the write lock at once: two processes that read first and write later would fail each other
    begin: () => retryWhileBusy(client, clock, () => void client.exec('begin immediate')),
    commit: () => retryWhileBusy(client, clock, () => void client.exec('commit')),
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

import { AppError, type Clock } from '@fanfare/core';
import { importClient } from '../../import-client';
import type { SqliteLibrary } from '../sqlite/client';
import { connect } from '../sqlite/connection';
import { retryWhileBusy } from '../sqlite/retry-while-busy';
import { createStatementCache } from '../sqlite/statement-cache';
import { parseSqliteUrl } from '../sqlite/url';
import { schema } from './schema';

/**
 * Statements on the log's file, which is the only one to say what their rows look like. They run at once, in this thread,
 * and belong inside a call of `LogFile`.
 */
export interface Statements {
  readonly all: (sql: string, ...parameters: readonly unknown[]) => readonly unknown[];
  readonly first: (sql: string, ...parameters: readonly unknown[]) => unknown;
  /** Answers how many rows it changed. */
  readonly run: (sql: string, ...parameters: readonly unknown[]) => number;
}

/** The log's file. Every failure of a call is an `AppError`; `unavailable` when others keep the file locked. */
export interface LogFile {
  /** Reads or writes; every statement by itself. */
  readonly call: <T>(work: (statements: Statements) => T) => Promise<T>;
  /** The same in one transaction that holds the write lock from its begin. */
  readonly transact: <T>(work: (statements: Statements) => T) => Promise<T>;
  readonly close: () => void;
}

/** Opens the file that a `sqlite:` URL names and makes the tables that it lacks. */
export async function openLogFile(url: string, clock: Clock): Promise<LogFile> {
  const { path } = parseSqliteUrl(url);
  const client = connect((await importClient('better-sqlite3')) as SqliteLibrary, path);
  const prepare = createStatementCache(client);
  const statements: Statements = {
    all: (sql, ...parameters) => prepare(sql).all(parameters),
    first: (sql, ...parameters) => prepare(sql).all(parameters)[0],
    run: (sql, ...parameters) => prepare(sql).run(parameters).changes,
  };

  async function call<T>(work: (statements: Statements) => T): Promise<T> {
    if (!client.open) throw new AppError('unavailable', 'the event log is closed');
    return retryWhileBusy(client, clock, () => work(statements));
  }

  function runTransaction<T>(work: (statements: Statements) => T): T {
    client.exec('begin immediate');
    try {
      const result = work(statements);
      client.exec('commit');
      return result;
    } catch (error) {
      if (client.inTransaction) client.exec('rollback');
      throw error;
    }
  }

  const transact = <T>(work: (statements: Statements) => T) => call(() => runTransaction(work));
  await transact(() => client.exec(schema));
  client.exec('pragma cache_size = -32000; pragma secure_delete = on; pragma wal_autocheckpoint = 4000');
  return {
    call,
    transact,
    close: () => {
      client.close();
    },
  };
}

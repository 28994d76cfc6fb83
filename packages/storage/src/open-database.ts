import { AppError, createSystemClock, type Clock } from '@fanfare/core';
import { openMysql } from './adapters/mysql/open';
import { openSqlite } from './adapters/sqlite/open';
import { createDatabase } from './create-database';
import type { Database } from './database';
import { sealColumns, type SealedColumns } from './sealing/seal-columns';
import type { Sealer } from './sealing/sealer';

export interface OpenDatabaseOptions {
  readonly clock?: Clock;
  /** Seals what is kept in some columns. */
  readonly sealing?: { readonly sealer: Sealer; readonly columns: SealedColumns } | undefined;
}

/**
 * Opens the database that a URL names, without touching it yet:
 *
 * - `mysql://user:password@host:3306/name` (MySQL 8.4 and MariaDB 10.11), with `?pool=10` connections,
 *   `?pool_wait_ms=10000` for one of them, `?statement_limit_ms=30000` and `?tls=true` to change what is usual
 * - `sqlite:./folder/file.db` (the folder is created) and `sqlite::memory:` (private, gone when closed)
 *
 * Throws `invalid` for any other URL and when the client library is not installed.
 */
export async function openDatabase(
  url: string,
  { clock = createSystemClock(), sealing }: OpenDatabaseOptions = {},
): Promise<Database> {
  const database = await openUrl(url, clock);
  return sealing ? createDatabase(sealColumns(database, sealing.columns, sealing.sealer), clock) : database;
}

async function openUrl(url: string, clock: Clock): Promise<Database> {
  const scheme = url.slice(0, url.indexOf(':') + 1);
  switch (scheme) {
    case 'mysql:':
      return openMysql(url, clock);
    case 'sqlite:':
      return openSqlite(url, clock);
    default:
      // the URL itself may hold a password
      throw new AppError('invalid', `a database URL begins with mysql:// or sqlite:, not with "${scheme}"`);
  }
}

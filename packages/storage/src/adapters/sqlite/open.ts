import { AppError, type Clock } from '@fanfare/core';
import { createConnectionPool } from '../../connection-pool';
import { createDatabase } from '../../create-database';
import type { Database } from '../../database';
import { importClient } from '../../import-client';
import { createQueries } from '../../kysely-driver';
import type { SqliteClient, SqliteLibrary } from './client';
import { connect } from './connection';
import { sqliteDialect } from './dialect';
import { flavour } from './flavour';
import { changeSchema } from './schema';
import { createSession } from './session';
import { parseSqliteUrl } from './url';

export async function openSqlite(url: string, clock: Clock): Promise<Database> {
  const { path } = parseSqliteUrl(url);
  const library = (await importClient('better-sqlite3')) as SqliteLibrary;
  let client: SqliteClient | undefined;

  function openClient(): SqliteClient {
    if (!client?.open) client = connect(library, path);
    return client;
  }

  // a pool of one: whoever works with the database waits for its turn, so nobody gets into another's transaction
  const pool = createConnectionPool({
    connect: async () => createSession(openClient(), clock),
    clock,
    size: 1,
  });
  const queries = createQueries(flavour, pool);
  let isClosed = false;
  return createDatabase(
    {
      dialect: sqliteDialect,
      queries,
      changeSchema: (change) => changeSchema(queries, change),
      poolState: () => pool.state(),
      // past the pool, where a long transaction would make the file look away
      ping: async () => {
        if (isClosed) throw new AppError('unavailable', 'the database is closed');
        openClient().exec('select 1');
      },
      close: async () => {
        isClosed = true;
        await pool.close();
        client?.close();
      },
    },
    clock,
  );
}

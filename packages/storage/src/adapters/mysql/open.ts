import type { Clock } from '@fanfare/core';
import type * as mysql2 from 'mysql2';
import { createConnectionPool } from '../../connection-pool';
import { createDatabase } from '../../create-database';
import type { Database } from '../../database';
import { importClient } from '../../import-client';
import { createQueries } from '../../kysely-driver';
import { mysqlDialect } from './dialect';
import { flavour } from './flavour';
import { createPing } from './ping';
import { changeSchema } from './schema';
import { openSession, type SessionOptions } from './session';
import { parseMysqlUrl } from './url';

export async function openMysql(url: string, clock: Clock): Promise<Database> {
  const { connection, poolSize, poolWaitMs, statementLimitMs } = parseMysqlUrl(url);
  const { createConnection } = (await importClient('mysql2')) as typeof mysql2;
  const options: SessionOptions = {
    create: createConnection,
    connection,
    statementLimitMs,
    canReconnect: true,
  };
  const pool = createConnectionPool({
    connect: () => openSession(options),
    clock,
    size: poolSize,
    maxWaitMs: poolWaitMs,
  });
  const { ping, closePing } = createPing(options, clock);
  return createDatabase(
    {
      dialect: mysqlDialect,
      queries: createQueries(flavour, pool),
      changeSchema: (change) => changeSchema(options, clock, change),
      poolState: () => pool.state(),
      ping,
      close: async () => {
        await Promise.all([pool.close(), closePing()]);
      },
    },
    clock,
  );
}

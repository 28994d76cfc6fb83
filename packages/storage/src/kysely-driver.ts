import {
  Kysely,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type QueryCompiler,
} from 'kysely';
import { AppError } from '@fanfare/core';
import type { ConnectionPool, PooledConnection } from './connection-pool';
import type { NoTables, Queries } from './queries';

/** One connection to a database as an adapter provides it. Everything it throws is an `AppError`. */
export interface Session extends Pick<DatabaseConnection, 'executeQuery'>, PooledConnection {
  begin(): Promise<void>;
  /** After `unavailable` nobody knows whether the transaction was committed: it must not be repeated blindly. */
  commit(): Promise<void>;
  /** Never throws: a connection that cannot roll back is given up, and so is the transaction. */
  rollback(): Promise<void>;
}

/** What Kysely itself must know of a database to build its SQL. */
export interface KyselyFlavour {
  readonly createAdapter: () => DialectAdapter;
  readonly createQueryCompiler: () => QueryCompiler;
}

/** Kysely running on the sessions of a pool. */
export function createQueries(flavour: KyselyFlavour, pool: ConnectionPool<Session>): Queries {
  const dialect: Dialect = {
    ...flavour,
    createDriver: () => createDriver(pool),
    createIntrospector: () => {
      throw new AppError('internal', 'this database is not introspected');
    },
  };
  return new Kysely<NoTables>({ dialect });
}

function createDriver(pool: ConnectionPool<Session>): Driver {
  return {
    init: () => Promise.resolve(),
    acquireConnection: async () => toKyselyConnection(await pool.acquire()),
    beginTransaction: (connection: KyselyConnection) => connection.session.begin(),
    commitTransaction: (connection: KyselyConnection) => connection.session.commit(),
    rollbackTransaction: (connection: KyselyConnection) => connection.session.rollback(),
    releaseConnection: async (connection: KyselyConnection) => {
      pool.release(connection.session);
    },
    destroy: () => pool.close(),
  };
}

interface KyselyConnection extends DatabaseConnection {
  readonly session: Session;
}

function toKyselyConnection(session: Session): KyselyConnection {
  return {
    session,
    executeQuery: (query) => session.executeQuery(query),
    streamQuery: () => {
      throw new AppError('internal', 'rows are not streamed: read them in pages by their key');
    },
  };
}

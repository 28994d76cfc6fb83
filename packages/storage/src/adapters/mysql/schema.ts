import { AppError, type Clock } from '@fanfare/core';
import { sql } from 'kysely';
import { createConnectionPool } from '../../connection-pool';
import type { Queries } from '../../queries';
import { createQueries } from '../../kysely-driver';
import { flavour } from './flavour';
import { openSession, type SessionOptions } from './session';

const lockWaitSeconds = 600;

/** Runs a schema change on a connection of its own that holds the server's named lock for this database. */
export async function changeSchema(
  options: SessionOptions,
  clock: Clock,
  change: (queries: Queries) => Promise<void>,
): Promise<void> {
  const lockHolder: SessionOptions = { ...options, statementLimitMs: 0, canReconnect: false };
  const pool = createConnectionPool({ connect: () => openSession(lockHolder), clock, size: 1 });
  const queries = createQueries(flavour, pool);
  try {
    await lock(queries);
    await compareTextExactly(queries);
    await change(queries);
  } finally {
    // closing the connection releases the lock
    await pool.close();
  }
}

async function lock(queries: Queries): Promise<void> {
  const { rows } = await sql<{ locked: number | null }>`
    select get_lock(concat('schema:', sha1(database())), ${lockWaitSeconds}) as locked`.execute(queries);
  if (rows[0]?.locked !== 1)
    throw new AppError('unavailable', 'the schema is being changed by another instance');
}

/**
 * Tables created from now on compare and sort text by its code points, as SQLite does: by default `a`, `A` and `á`, or
 * `a` and `a` with a blank behind it, would be the same key. MySQL and MariaDB have such a collation under different names.
 */
async function compareTextExactly(queries: Queries): Promise<void> {
  const { rows } = await sql<{ name: string; current: string; database: string }>`
    select collation_name as name, @@collation_database as current, database() as ${sql.ref('database')}
    from information_schema.collations
    where collation_name in ('utf8mb4_0900_bin', 'utf8mb4_nopad_bin', 'utf8mb4_bin')
    order by collation_name = 'utf8mb4_bin' limit 1`.execute(queries);
  const [found] = rows;
  if (!found || found.name === found.current) return;
  await sql`alter database ${sql.id(found.database)} character set utf8mb4 collate ${sql.raw(found.name)}`.execute(
    queries,
  );
}

import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import type { Place } from '../event-logs/places';

/** Makes a database on the MariaDB that the backends have started. */
export async function newMysqlDatabase(): Promise<Place> {
  const server = process.env['TEST_MYSQL_URL'];
  if (!server) throw new Error('TEST_MYSQL_URL is missing: run make bench');
  const name = `fanfare_test_bench_${randomUUID().slice(0, 8)}`;
  await execute(server, `create database ${name}`);
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    remove: () => execute(server, `drop database ${name}`),
  };
}

async function execute(server: string, statement: string): Promise<void> {
  const connection = await createConnection(server);
  await connection.query(statement);
  await connection.end();
}

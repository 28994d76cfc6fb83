import { AppError } from '@fanfare/core';
import type { ConnectionOptions } from 'mysql2';

const defaultPoolSize = 10;

/** Reads `mysql://user:password@host:3306/database?pool=10&tls=true`; throws `invalid` when it is something else. */
export function parseMysqlUrl(text: string): { connection: ConnectionOptions; poolSize: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = decodeURIComponent(url?.pathname.slice(1) ?? '');
  const poolSize = Number(url?.searchParams.get('pool') ?? defaultPoolSize);
  if (!url?.hostname || database === '' || !Number.isInteger(poolSize) || poolSize < 1) {
    // the text may hold a password, so it is not shown
    throw new AppError('invalid', 'a MySQL URL looks like mysql://user:password@host:3306/database?pool=10');
  }
  const connection: ConnectionOptions = {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
  const isEncrypted = url.searchParams.get('tls') === 'true';
  return { connection: isEncrypted ? { ...connection, ssl: {} } : connection, poolSize };
}

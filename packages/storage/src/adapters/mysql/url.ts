import { isIP } from 'node:net';
import { AppError } from '@fanfare/core';
import type { ConnectionOptions } from 'mysql2';
import { takeTls } from '../../url-tls';

export interface MysqlUrl {
  readonly connection: ConnectionOptions;
  readonly poolSize: number;
  /** Longest wait for a connection of the pool. */
  readonly poolWaitMs: number;
  /** Longest time for one statement. */
  readonly statementLimitMs: number;
}

/**
 * Reads `mysql://user:password@host:3306/database`, with `?pool=10`, `?pool_wait_ms=10000`, `?statement_limit_ms=30000`
 * `?tls=true` and `?ca=/path/ca.pem` to change what is usual. Throws `invalid` when it is something else.
 */
export function parseMysqlUrl(text: string): MysqlUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = decodeURIComponent(url?.pathname.slice(1) ?? '');
  if (!url?.hostname || database === '') throw invalidUrl();
  const connection: ConnectionOptions = {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
  const tls = takeTls(url.searchParams);
  return {
    // the driver knows no way to look for an address in a certificate
    connection: tls
      ? { ...connection, ssl: { ...tls, verifyIdentity: isIP(url.hostname) === 0 } }
      : connection,
    poolSize: readCount(url, 'pool', 10),
    poolWaitMs: readCount(url, 'pool_wait_ms', 10_000),
    statementLimitMs: readCount(url, 'statement_limit_ms', 30_000),
  };
}

function readCount(url: URL, name: string, usual: number): number {
  const count = Number(url.searchParams.get(name) ?? usual);
  if (!Number.isInteger(count) || count < 1) throw invalidUrl();
  return count;
}

/** The URL itself may hold a password, so it is not shown. */
function invalidUrl(): AppError {
  return new AppError('invalid', 'a MySQL URL looks like mysql://user:password@host:3306/database?pool=10');
}

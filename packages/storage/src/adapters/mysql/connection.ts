import { AppError } from '@fanfare/core';
import type { Connection, ConnectionOptions, ResultSetHeader } from 'mysql2';
import { isConnectionLost, isTimeLimit } from './errors';

/** What the server answers to one statement: rows, or what it did. */
export type Answer = readonly unknown[] | ResultSetHeader;

export type CreateConnection = (options: ConnectionOptions) => Connection;

const handshakeLimitMs = 2_000;

/**
 * Whatever the server's defaults are: UTC, no silent truncation, no endless wait for a lock, and no gap locks, which
 * make harmless neighbours deadlock.
 */
const sessionSetup = [
  `set session time_zone = '+00:00', innodb_lock_wait_timeout = 5, sql_mode = 'TRADITIONAL,ONLY_FULL_GROUP_BY'`,
  'set session transaction isolation level read committed',
].join(';');

const driverOptions: ConnectionOptions = {
  charset: 'utf8mb4',
  timezone: 'Z',
  connectTimeout: handshakeLimitMs,
  multipleStatements: true,
  // numbers come back as numbers: BIGINT up to 2^53 (beyond as text), and DECIMAL, which is what SUM() makes of integers
  supportBigNumbers: true,
  decimalNumbers: true,
  // an object as a parameter is its JSON text, never a piece of SQL
  stringifyObjects: true,
  enableKeepAlive: true,
  keepAliveInitialDelay: 10_000,
};

/** Opens a connection that is set up as Fanfare expects it. Throws `unavailable`, whatever the reason, within 4 s. */
export async function connect(create: CreateConnection, options: ConnectionOptions): Promise<Connection> {
  const connection = create({ ...driverOptions, ...options });
  // a connection may die while nobody uses it; its next user sees that it did
  connection.on('error', () => undefined);
  try {
    await send(connection, sessionSetup, [], handshakeLimitMs);
    return connection;
  } catch (cause) {
    connection.destroy();
    throw new AppError('unavailable', 'the database cannot be reached', { cause });
  }
}

/** Sends SQL with its parameters; throws the driver's own error. A `limitMs` of 0 is none. */
export async function send(
  connection: Connection,
  sql: string,
  values: readonly unknown[],
  limitMs: number,
): Promise<Answer> {
  try {
    return await new Promise((resolve, reject) => {
      connection.query({ sql, values: values.map(toParameter), timeout: limitMs }, (error, answer) => {
        if (error) reject(error);
        else resolve(answer as Answer);
      });
    });
  } catch (error) {
    // a late answer must not be taken for that of the next statement
    if (isTimeLimit(error) || isConnectionLost(error)) connection.destroy();
    throw error;
  }
}

/** What means something within the quotation marks of a literal, or is not visible there. */
const special = /['\\]|[^ -\uffff]/;

/**
 * A text as the driver takes it. In JSON it would put a backslash before each quotation mark, which takes longer than all else
 * that it does; within single ones they mean nothing, so a text that has nothing but them goes as it is.
 */
function toParameter(value: unknown): unknown {
  if (typeof value !== 'string' || !value.includes('"') || special.test(value)) return value;
  return { toSqlString: () => `'${value}'` };
}

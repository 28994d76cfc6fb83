import { AppError } from '@fanfare/core';

/**
 * Reads the name of the database in `mongodb://user:password@host:27017/database?replicaSet=…`; the driver reads the
 * rest. Throws `invalid` when it is something else.
 */
export function readDatabaseName(url: string): string {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^/?#]+)/.exec(url)?.[1];
  if (name === undefined) throw invalidUrl();
  return decodeURIComponent(name);
}

/** The URL itself may hold a password, so it is not shown. */
export function invalidUrl(cause?: unknown): AppError {
  return new AppError('invalid', 'a MongoDB URL looks like mongodb://user:password@host:27017/database', {
    cause,
  });
}

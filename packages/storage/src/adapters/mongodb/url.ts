import { AppError } from '@fanfare/core';
import type { MongoClientOptions } from 'mongodb';
import { takeTls } from '../../url-tls';

/**
 * Reads the name of the database in `mongodb://user:password@host:27017/database?replicaSet=…`; the driver reads the
 * rest. Throws `invalid` when it is something else.
 */
export function readDatabaseName(url: string): string {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^/?#]+)/.exec(url)?.[1];
  if (name === undefined) throw invalidUrl();
  return decodeURIComponent(name);
}

/** The URL without what our own parameters say of encryption, and what they mean to the driver, which reads the rest. */
export function withTls(url: string, usual: MongoClientOptions): [string, MongoClientOptions] {
  const [before = '', query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  const tls = takeTls(parameters);
  if (!tls) return [url, usual];
  return [`${before}?${parameters.toString()}`, { ...usual, tls: true, ...tls }];
}

/** The URL itself may hold a password, so it is not shown. */
export function invalidUrl(cause?: unknown): AppError {
  return new AppError('invalid', 'a MongoDB URL looks like mongodb://user:password@host:27017/database', {
    cause,
  });
}

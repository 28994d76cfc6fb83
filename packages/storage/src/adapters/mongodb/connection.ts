import { AppError, type Clock } from '@fanfare/core';
import type * as mongodb from 'mongodb';
import type { Db, MongoClient, MongoClientOptions } from 'mongodb';
import { createCallsUnderWay } from '../../calls-under-way';
import type { PoolState } from '../../database';
import { importClient } from '../../import-client';
import { toAppError } from './errors';
import { watchPool, withPoolOf } from './pool-state';
import { invalidUrl, readDatabaseName, withTls } from './url';

const pingLimitMs = 1_900;

const options = {
  // what is acknowledged survives the loss of any one server, and nothing is read that would not
  writeConcern: { w: 'majority', journal: true },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  maxPoolSize: 16,
  // a server that is away costs a caller no longer than this
  serverSelectionTimeoutMS: 1_500,
  connectTimeoutMS: 1_500,
  // and one that takes calls and answers none
  socketTimeoutMS: 30_000,
} satisfies MongoClientOptions;

/** A database of a server. Every failure of a call is an `AppError`. */
export interface MongoDatabase {
  readonly database: Db;
  readonly call: <T>(work: () => Promise<T>) => Promise<T>;
  /** Throws `unavailable` when the server has not answered within 2 s. */
  readonly ping: () => Promise<void>;
  readonly poolState: () => PoolState;
  /** Waits for calls under way. Idempotent. */
  readonly close: () => Promise<void>;
}

export interface OpenMongoOptions {
  readonly clock: Clock;
  /** What the database is, in the words of error messages: `the event log`. */
  readonly what: string;
  /** Done before the first call that succeeds; may be repeated. */
  readonly prepare: (database: Db) => Promise<void>;
}

/** Opens the database that a URL names, whether the server answers yet or not; the driver connects again by itself. */
export async function openMongo(
  url: string,
  { clock, what, prepare }: OpenMongoOptions,
): Promise<MongoDatabase> {
  const name = readDatabaseName(url);
  const { MongoClient } = (await importClient('mongodb')) as typeof mongodb;
  const client = createClient(MongoClient, url);
  const poolState = watchPool(client);
  const database = client.db(name);
  const calls = createCallsUnderWay(what);
  let prepared: Promise<void> | undefined;

  function prepareOnce(): Promise<void> {
    return (prepared ??= prepare(database).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    }));
  }

  function run<T>(work: () => Promise<T>): Promise<T> {
    return calls.run(work).catch((error: unknown) => {
      throw toAppError(error, what);
    });
  }

  function askServer(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(pingLimitMs, () => {
        reject(new AppError('unavailable', `${what} does not answer`));
      });
      client
        .connect()
        .then(() => database.command({ ping: 1 }))
        .then(() => {
          resolve();
        }, reject)
        .finally(() => {
          timer.cancel();
        });
    });
  }

  return {
    database,
    // the driver connects again by itself, but for the first time only when it is asked to
    call: (work) => run(() => client.connect().then(prepareOnce).then(work)),
    ping: () => run(askServer),
    poolState,
    close: () => calls.close(() => client.close()),
  };
}

function createClient(Client: typeof MongoClient, url: string): MongoClient {
  try {
    return new Client(...withTls(url, withPoolOf(url, options)));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw invalidUrl(cause);
  }
}

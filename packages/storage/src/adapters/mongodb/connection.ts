import { AppError, type Clock } from '@fanfare/core';
import type * as mongodb from 'mongodb';
import type { MongoClient, MongoClientOptions } from 'mongodb';
import { createCallsUnderWay } from '../../calls-under-way';
import { importClient } from '../../import-client';
import { collectionsOf, createIndexes, type Collections } from './collections';
import { isAnswer, toAppError } from './errors';
import { invalidUrl, readDatabaseName } from './url';

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

/** The database that holds the log. Every failure of a call is an `AppError`. */
export interface LogDatabase {
  readonly collections: Collections;
  readonly call: <T>(work: () => Promise<T>) => Promise<T>;
  /** Removes from the files of a collection what is no longer in it, as far as the server can and is allowed to. */
  readonly compact: (collection: string) => Promise<void>;
  /** Throws `unavailable` when the server has not answered within 2 s. */
  readonly ping: () => Promise<void>;
  /** Waits for calls under way. Idempotent. */
  readonly close: () => Promise<void>;
}

/** Opens the database that a URL names, whether the server answers yet or not; the driver connects again by itself. */
export async function openLogDatabase(url: string, clock: Clock): Promise<LogDatabase> {
  const name = readDatabaseName(url);
  const { MongoClient } = (await importClient('mongodb')) as typeof mongodb;
  const client = createClient(MongoClient, url);
  const database = client.db(name);
  const collections = collectionsOf(database);
  const calls = createCallsUnderWay('the event log');
  let indexed: Promise<void> | undefined;

  function prepare(): Promise<void> {
    return (indexed ??= createIndexes(collections).catch((error: unknown) => {
      indexed = undefined;
      throw error;
    }));
  }

  function run<T>(work: () => Promise<T>): Promise<T> {
    return calls.run(work).catch((error: unknown) => {
      throw toAppError(error);
    });
  }

  /** The driver connects again by itself, but for the first time only when it is asked to. */
  const call: LogDatabase['call'] = (work) => run(() => client.connect().then(prepare).then(work));

  function askServer(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(pingLimitMs, () => {
        reject(new AppError('unavailable', 'the event log does not answer'));
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
    collections,
    call,
    compact: (collection) =>
      call(async () => {
        try {
          await database.command({ compact: collection, force: true });
        } catch (error) {
          if (!isAnswer(error)) throw error;
        }
      }),
    ping: () => run(askServer),
    close: () => calls.close(() => client.close()),
  };
}

function createClient(Client: typeof MongoClient, url: string): MongoClient {
  try {
    return new Client(url, options);
  } catch (cause) {
    throw invalidUrl(cause);
  }
}

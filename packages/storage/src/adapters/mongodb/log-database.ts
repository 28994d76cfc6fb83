import type { Clock } from '@fanfare/core';
import { collectionsOf, createIndexes, type Collections } from './collections';
import { openMongo, type MongoDatabase } from './connection';
import { isAnswer } from './errors';

/** The database that holds the log. */
export interface LogDatabase extends Omit<MongoDatabase, 'database'> {
  readonly collections: Collections;
  /** Removes from the files of a collection what is no longer in it, as far as the server can and is allowed to. */
  readonly compact: (collection: string) => Promise<void>;
}

/** Opens the log's database that a URL names; see `openMongo`. */
export async function openLogDatabase(url: string, clock: Clock): Promise<LogDatabase> {
  const { database, ...connection } = await openMongo(url, {
    clock,
    what: 'the event log',
    prepare: (opened) => createIndexes(collectionsOf(opened)),
  });
  return {
    ...connection,
    collections: collectionsOf(database),
    compact: (collection) =>
      connection.call(async () => {
        try {
          await database.command({ compact: collection, force: true });
        } catch (error) {
          if (!isAnswer(error)) throw error;
        }
      }),
  };
}

import type { Database } from '../database';
import { openDatabase, type OpenDatabaseOptions } from '../open-database';
import type { DatabaseUnderTest } from './adapters';

export interface TestDatabases {
  /** A new, empty database. */
  readonly open: (options?: OpenDatabaseOptions) => Promise<Database>;
  /** One more opener of the database that was opened last. */
  readonly reopen: (options?: OpenDatabaseOptions) => Promise<Database>;
}

/** For the tests of one `describe`: whatever they open is closed and removed after each of them. */
export function useDatabases(underTest: DatabaseUnderTest): TestDatabases {
  const opened: Database[] = [];
  let lastUrl = '';

  async function openUrl(options?: OpenDatabaseOptions): Promise<Database> {
    const database = await openDatabase(lastUrl, options);
    opened.push(database);
    return database;
  }

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
    await underTest.removeAll();
  });

  return {
    async open(options) {
      lastUrl = await underTest.createUrl();
      return openUrl(options);
    },
    reopen: openUrl,
  };
}

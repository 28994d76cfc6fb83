import type { Database } from '../database';
import { openDatabase, type OpenDatabaseOptions } from '../open-database';
import type { DatabaseUnderTest } from './adapters';
import { useOpened, type Opened } from './use-opened';

export type TestDatabases = Opened<Database, OpenDatabaseOptions>;

/** For the tests of one `describe`: see `useOpened`. */
export function useDatabases(underTest: DatabaseUnderTest): TestDatabases {
  return useOpened(underTest, openDatabase);
}

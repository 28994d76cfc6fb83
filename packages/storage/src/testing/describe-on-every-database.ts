import { describeAdapter, durableDatabaseAdapters, type DatabaseUnderTest } from './adapters';
import { useDatabases, type TestDatabases } from './use-databases';

/**
 * Runs a suite on every database, each time under a name that says which. `openDatabase` gives a new, empty one; it is
 * closed and removed after the test. Beside it: the same database opened again, and what the adapter can do.
 */
export function describeOnEveryDatabase(
  name: string,
  declareTests: (
    openDatabase: TestDatabases['open'],
    more: Pick<TestDatabases, 'reopen'> & DatabaseUnderTest,
  ) => void,
): void {
  for (const adapter of durableDatabaseAdapters()) {
    describe(`on ${adapter.name}`, () => {
      describeAdapter(adapter, (underTest) => {
        const { open, reopen } = useDatabases(underTest);
        // inside: what the suite does after a test comes before the databases are removed
        describe(name, () => {
          declareTests(open, { ...underTest, reopen });
        });
      });
    });
  }
}

import type { DatabaseUnderTest } from './adapters';
import { describeBulkWrites } from './bulk-writes.contract';
import { describeDeferredWrites } from './deferred-writes.contract';
import { describeGroupCommit } from './group-commit.contract';
import { describeLifecycle } from './lifecycle.contract';
import { describeMigrations } from './migrations.contract';
import { describeTransactions } from './transactions.contract';
import { describeValues } from './values.contract';

/** Every promise of the `Database` port, checked on whatever adapter is given. */
export function describeDatabaseContract(name: string, underTest: DatabaseUnderTest): void {
  describe(`Database on ${name}`, () => {
    describeTransactions(underTest);
    describeDeferredWrites(underTest);
    describeBulkWrites(underTest);
    describeValues(underTest);
    describeMigrations(underTest);
    describeGroupCommit(underTest);
    describeLifecycle(underTest);
  });
}

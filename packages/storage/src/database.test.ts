import { databaseAdapters, describeAdapter, describeDatabaseContract } from './testing';

jest.setTimeout(30_000);

for (const adapter of databaseAdapters()) {
  describeAdapter(adapter, (underTest) => {
    describeDatabaseContract(adapter.name, underTest);
  });
}

import { databaseAdapters, describeAdapter, describeDatabaseContract } from './testing';

for (const adapter of databaseAdapters()) {
  describeAdapter(adapter, (underTest) => {
    describeDatabaseContract(adapter.name, underTest);
  });
}

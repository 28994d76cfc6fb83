import { cacheAdapters, describeAdapter, describeCacheContract } from './testing';

for (const adapter of cacheAdapters()) {
  describeAdapter(adapter, (underTest) => {
    describeCacheContract(adapter.name, underTest);
  });
}

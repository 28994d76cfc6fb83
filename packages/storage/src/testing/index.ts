export {
  cacheAdapters,
  databaseAdapters,
  describeAdapter,
  type Adapter,
  type CacheUnderTest,
  type DatabaseCapabilities,
  type DatabaseUnderTest,
} from './adapters';
export { describeCacheContract } from './cache.contract';
export { itWhen, type Capability } from './capability';
export { describeDatabaseContract } from './database.contract';
export { describeOnEveryDatabase } from './describe-on-every-database';
export { readIndexedColumns } from './indexed-columns';
export { describeOutages, timed, type ServerBehindProxy } from './outages';
export { createTestProxy, type TestProxy } from './test-proxy';
export { useDatabases, type TestDatabases } from './use-databases';

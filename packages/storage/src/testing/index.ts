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
export {
  describeEncryptedConnections,
  useCertificates,
  type EncryptedResource,
} from './encrypted-connections.contract';
export { describeEventLogContract } from './event-log.contract';
export { describeOnEveryEventLog, eventLogAdapters } from './event-log/adapters';
export type { EventLogUnderTest, Tampering } from './event-log/under-test';
export { useEventLogs, type TestEventLogs } from './event-log/use-event-logs';
export { describeOnEveryArchive, type ArchiveUnderTest } from './archives';
export { describeOnEveryDatabase } from './describe-on-every-database';
export { readIndexedColumns } from './indexed-columns';
export { describeOutages, timed, type ServerBehindProxy } from './outages';
export { createTestProxy, takeTestProxy, type TestProxy } from './test-proxy';
export { useDatabases, type TestDatabases } from './use-databases';

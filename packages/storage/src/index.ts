export type { Archive, ArchivedRow } from './archive';
export type { Cache, CachedValue } from './cache';
export type { Database, DeferredWrite, PoolState, Transact, Transaction } from './database';
export type { CommitStore } from './event-log/commit-store';
export { canonicalise } from './event-log/canonical-json';
export { createEventLog, type EventLogDeps } from './event-log/create-event-log';
export { IdReused, StreamDeleted, VersionConflict } from './event-log/errors';
export type {
  AppendAnswer,
  AppendRequest,
  AppendedEvent,
  ChainCommit,
  ChainEvent,
  Checkpoint,
  EventFilter,
  EventLog,
  ExpectedVersion,
  LogEvent,
  ReadPage,
  ReadRequest,
  StreamAppend,
  StreamName,
  StreamSettings,
  StreamState,
  Truncation,
  Verification,
  VerifyOptions,
} from './event-log/event-log';
export { createCheckpointSigner, type CheckpointSigner } from './event-log/sign-checkpoint';
export { groupCommit, type GroupCommitTransactOptions } from './group-commit';
export { migrate, type MigrateOptions } from './migrate';
export { openArchive, type OpenArchiveOptions } from './open-archive';
export { openCache, type OpenCacheOptions } from './open-cache';
export { openDatabase, type OpenDatabaseOptions } from './open-database';
export { openEventLog, type OpenEventLogOptions } from './open-event-log';
export {
  openMemoryWindowCounter,
  openWindowCounter,
  type OpenWindowCounterOptions,
} from './open-window-counter';
export type { NoTables, Queries } from './queries';
export { readMigrations, type Migration } from './read-migrations';
export { parseEncryptionKeys, type EncryptionKeys } from './sealing/encryption-keys';
export { sealCache } from './sealing/seal-cache';
export type { SealedColumns } from './sealing/seal-columns';
export { createSealer, isSealed, noSealer, type Sealer } from './sealing/sealer';
export type { SqlDialect, SqlRow, SqlValue, UpsertChange, WriteOptions } from './sql-dialect';
export { unanswered, type UnansweredQuery } from './unanswered-query';
export { takeTls, type UrlTls } from './url-tls';
export type { WindowCount, WindowCounter } from './window-counter';

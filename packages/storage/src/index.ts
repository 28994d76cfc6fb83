export type { Cache, CachedValue } from './cache';
export type {
  Database,
  DeferredWrite,
  NoTables,
  PoolState,
  Queries,
  Transact,
  Transaction,
} from './database';
export { groupCommit, type GroupCommitTransactOptions } from './group-commit';
export { migrate, type MigrateOptions } from './migrate';
export { openCache, type OpenCacheOptions } from './open-cache';
export { openDatabase, type OpenDatabaseOptions } from './open-database';
export { readMigrations, type Migration } from './read-migrations';
export type { SqlDialect, SqlRow, SqlValue } from './sql-dialect';
export type { UpsertChange } from './sql-text';

export type { Cache, CachedValue } from './cache';
export type { Database, DeferredWrite, PoolState, Transact, Transaction } from './database';
export { groupCommit, type GroupCommitTransactOptions } from './group-commit';
export { migrate, type MigrateOptions } from './migrate';
export { openCache, type OpenCacheOptions } from './open-cache';
export { openDatabase, type OpenDatabaseOptions } from './open-database';
export type { NoTables, Queries } from './queries';
export { readMigrations, type Migration } from './read-migrations';
export type { SqlDialect, SqlRow, SqlValue, UpsertChange } from './sql-dialect';

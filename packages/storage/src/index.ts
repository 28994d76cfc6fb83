export type { Cache, CachedValue } from './cache';
export type { Database, DeferredWrite, NoTables, PoolState, Queries, Transact, Transaction } from './database';
export type { SqlDialect, SqlRow, SqlValue } from './sql-dialect';

import type { Clock } from '@fanfare/core';
import type { Transaction as KyselyTransaction } from 'kysely';
import type { NoTables, Queries } from './queries';
import type { SqlDialect } from './sql-dialect';

/**
 * A relational database that belongs to one service.
 *
 * - Opening never touches the server: a database that is away shows in `ping`, and in `unavailable` from every call,
 *   until it is back; connections come back by themselves.
 * - Every failure is an `AppError`: `already_exists` for a unique violation, `unavailable` when the server cannot be
 *   reached, gave up the connection, or a deadlock or lock timeout outlived its retries, `internal` else. The driver's
 *   error is its `cause`.
 * - Times are stored as integers, milliseconds since 1970 UTC; JSON as text.
 */
export interface Database {
  readonly dialect: SqlDialect;
  /** For queries outside a transaction. */
  readonly queries: Queries;
  /**
   * Runs `work` in one transaction: commits when it resolves, rolls back when it throws, and throws that error.
   * Concurrent transactions neither see nor commit each other's writes. After a deadlock `work` runs again from the
   * start, so it must not have effects outside the transaction. Inside, use `tx.queries` only: on SQLite, which has
   * one connection, anything else would wait for the very transaction that waits for it.
   */
  transact: Transact;
  /**
   * Runs `change`, which creates or alters tables, while no other instance does so, and without a limit to its time.
   * All or nothing on SQLite; on MySQL each statement that alters a table commits at once. `change` gets the clock with which
   * the database was opened.
   */
  changeSchema(change: (queries: Queries, clock: Pick<Clock, 'now'>) => Promise<void>): Promise<void>;
  /** Connections in use, idle, and callers that wait for one. */
  readonly poolState: () => PoolState;
  /** Resolves when the database answers; throws `unavailable` when it does not, within 2 s. */
  ping(): Promise<void>;
  /** Waits for running transactions, then closes. Idempotent. */
  close(): Promise<void>;
}

export interface PoolState {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Runs work in a transaction, one of its own or one shared with others; see `Database.transact` and `groupCommit`. */
export type Transact = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;

/** One transaction, from the inside. */
export interface Transaction {
  readonly queries: KyselyTransaction<NoTables>;
  readonly dialect: SqlDialect;
  /**
   * Puts off a write until just before the commit and hands it over together with those of everyone who shares the
   * transaction: `write` is called once with all items that were put off under it, in the order of the calls.
   * Writers run in the order of their `stage`: rows of aggregates first, counters that everyone takes last, so that
   * locks are always taken in the same order.
   */
  writeLater<Item>(write: DeferredWrite<Item>, item: Item): void;
  /** Calls `action` once when the commit has succeeded. It must not throw. */
  afterCommit(action: () => void): void;
}

export interface DeferredWrite<Item> {
  readonly stage: 'aggregates' | 'counters';
  readonly write: (tx: Transaction, items: readonly Item[]) => Promise<void>;
}

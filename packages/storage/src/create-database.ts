import { computeBackoffDelayMs, type BackoffPolicy, type Clock } from '@fanfare/core';
import type { Database, Transaction } from './database';
import type { Queries } from './queries';
import { LockConflictError } from './lock-conflict';
import type { SqlDialect } from './sql-dialect';
import { openTransaction } from './transaction';

const retryBackoff: BackoffPolicy = { firstMs: 10, maxMs: 200 };
const maxTries = 10;
const retryForMs = 5_000;

/** What an adapter brings to a `Database`. */
export interface DatabaseAdapter extends Omit<Database, 'transact' | 'changeSchema'> {
  changeSchema(change: (queries: Queries) => Promise<void>): Promise<void>;
}

/** Completes what an adapter brings: transactions, and what tells the time, are the same for all. */
export function createDatabase(adapter: DatabaseAdapter, clock: Clock): Database {
  const { queries, dialect } = adapter;
  return {
    ...adapter,
    changeSchema: (change) => adapter.changeSchema((schemaQueries) => change(schemaQueries, clock)),
    transact: (work) => repeatOnLockConflict(clock, () => runTransaction(queries, dialect, work)),
  };
}

async function runTransaction<T>(
  queries: Queries,
  dialect: SqlDialect,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { result, announceCommit } = await queries.transaction().execute(async (transactionQueries) => {
    const transaction = openTransaction(transactionQueries, dialect);
    const workResult = await work(transaction.tx);
    await transaction.writeDeferred();
    return { result: workResult, announceCommit: transaction.announceCommit };
  });
  announceCommit();
  return result;
}

/** The database has rolled back one of two transactions that stood in each other's way; the other is soon through. */
async function repeatOnLockConflict<T>(clock: Clock, action: () => Promise<T>): Promise<T> {
  const startMs = clock.elapsedMs();
  for (let tries = 1; ; tries += 1) {
    try {
      return await action();
    } catch (error) {
      const isOver = tries >= maxTries || clock.elapsedMs() - startMs > retryForMs;
      if (isOver || !(error instanceof LockConflictError)) throw error;
      await clock.sleep(computeBackoffDelayMs(tries, retryBackoff));
    }
  }
}

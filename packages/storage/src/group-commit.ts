import { createGroupCommit, hasCode } from '@fanfare/core';
import type { Database, Transact, Transaction } from './database';

export interface GroupCommitTransactOptions {
  /** At most this many works share one transaction. */
  readonly maxGroup?: number;
  /** Beyond this many waiting works a call is refused with `unavailable`. */
  readonly maxWaiting?: number;
}

/**
 * A `Transact` whose concurrent works share one transaction, of which one is in flight at a time: under load a commit,
 * the slow part, is paid once for many. They run side by side in it, so one sees what another has written before it.
 *
 * When the shared transaction fails through one of them, they run again one by one in transactions of their own, so
 * only the culprit fails. When the database is away all fail with `unavailable`, and for a commit whose answer never
 * came nobody knows whether it took place.
 */
export function groupCommit(
  database: Pick<Database, 'transact'>,
  options: GroupCommitTransactOptions = {},
): Transact {
  const commit = createGroupCommit<(tx: Transaction) => Promise<void>, unknown>(
    (works) => database.transact((tx) => runAll(works, tx)),
    { ...options, isOneItemsFault: (error) => !hasCode(error, 'unavailable') },
  );
  return async function transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    let result!: T;
    await commit(async (tx) => {
      result = await work(tx);
    });
    return result;
  };
}

/** Waits for every work before it throws: none may go on in a transaction that is being rolled back. */
async function runAll(
  works: readonly ((tx: Transaction) => Promise<void>)[],
  tx: Transaction,
): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(works.map((work) => work(tx)));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

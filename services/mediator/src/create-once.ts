import { createHash } from 'node:crypto';
import { hasCode } from '@fanfare/core';
import { canonicalise, type Database, type Transaction } from '@fanfare/storage';
import { refuse } from './problems';

/** What is kept of a create call beside its object, to know the same call again. */
export function hashRequest(body: Readonly<Record<string, unknown>>): string {
  const kept = Object.fromEntries(Object.entries(body).filter(([field]) => field !== 'wait_ms'));
  return createHash('sha256').update(canonicalise(kept)).digest('base64url');
}

export interface Creation<T> {
  /** What the id is of, for people: `task`. */
  readonly noun: string;
  readonly id: string;
  readonly requestHash: string;
  /** Looks for an object of this id, as it is now. */
  find(tx: Transaction): Promise<{ readonly requestHash: string; readonly object: T } | null>;
  /** Throws `already_exists` when another transaction has just taken the id. */
  create(tx: Transaction): Promise<T>;
}

export interface Created<T> {
  readonly object: T;
  /** The same call had been made before: nothing was done now. */
  readonly isReplayed: boolean;
}

/** Creates an object within `tx`, or finds that the same call has made it. Throws `already-exists` when another call has. */
export async function createOnceIn<T>(tx: Transaction, creation: Creation<T>): Promise<Created<T>> {
  const existing = await creation.find(tx);
  if (!existing) return { object: await creation.create(tx), isReplayed: false };
  if (existing.requestHash !== creation.requestHash) {
    throw refuse(
      'already-exists',
      `there is another ${creation.noun} ${creation.id}; the same call with the same body would be answered again`,
    );
  }
  return { object: existing.object, isReplayed: true };
}

/**
 * Runs `work`, which creates, in a transaction. Of two calls that create the same at once one loses on the key of the row:
 * it runs again and finds what the other has made.
 */
export async function transactOnce<T>(
  database: Pick<Database, 'transact'>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await database.transact(work);
  } catch (error) {
    if (!hasCode(error, 'already_exists')) throw error;
    return database.transact(work);
  }
}

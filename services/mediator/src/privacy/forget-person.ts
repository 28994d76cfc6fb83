import { AppError, hasCode } from '@fanfare/core';
import { rewriteParked } from '@fanfare/messaging';
import { eraseSubjectIn, type Erasure, type ForgetSubject, type GoOn } from '@fanfare/service-kit';
import type { Archive, Database } from '@fanfare/storage';
import { archivedContents, contents } from './contents';
import { erasureRecord } from './erasure-record';
import { forgetInArchive } from './forget-in-archive';
import { forgetInDatabase } from './forget-in-database';

export interface ForgetPersonDeps {
  readonly database: Database;
  readonly archive: Archive | null;
}

/**
 * Takes a person out of messages, runs and histories, in the archive too, before the group's cursor moves over the erasure.
 * One that was cut short begins anew, and passes over what is done; one that was carried out is not done again.
 */
export function createForgetPerson({ database, archive }: ForgetPersonDeps) {
  return async function forgetPerson(erasure: Erasure, goOn: GoOn): Promise<void> {
    const { subject } = erasure;
    if (!(await begin(database, erasure))) return;
    // one that is away is waited for before anything is looked through
    await archive?.ping();
    for (const each of contents) await forgetInDatabase({ database, goOn }, each, subject);
    if (archive) for (const each of archivedContents) await forgetInArchive({ archive, goOn }, each, subject);
    await database.transact((tx) => erasureRecord.finish(tx, erasure));
  };
}

async function begin(database: Database, erasure: Erasure): Promise<boolean> {
  try {
    return await database.transact((tx) => erasureRecord.begin(tx, erasure));
  } catch (error) {
    if (!hasCode(error, 'conflict')) throw error;
    // no fault of the erasure: it may wait as long as it takes
    throw new AppError('unavailable', 'a long history is archived first', { cause: error });
  }
}

/** Of events that failed, in the transaction of the cursor. */
export const forgetInParked: ForgetSubject = (tx, { subject }) =>
  rewriteParked(tx.queries, subject, eraseSubjectIn(subject));

import { AppError } from '@fanfare/core';
import { forgottenSubjects, type Erasure } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';

type ErasureTables = { erasures: { subject_key: string; erased_at: number; is_done: number } };

/**
 * Which erasures were carried out. Forgetting takes many transactions, so that it may be cut short, and be asked for again
 * long after its end: by then whoever was forgotten may be here anew.
 */
export const erasureRecord = {
  /** From the commit on late events name the subject no more. False when this erasure, or a later one, was carried out. */
  async begin(tx: Transaction, erasure: Erasure): Promise<boolean> {
    const subject_key = forgottenSubjects.keyOf(erasure.subject);
    const askedAt = erasure.erasedAt.getTime();
    const known = await tx.queries
      .withTables<ErasureTables>()
      .selectFrom('erasures')
      .selectAll()
      .where('subject_key', '=', subject_key)
      .modifyEnd(tx.dialect.forUpdate)
      .executeTakeFirst();
    if (known?.is_done === 1 && known.erased_at >= askedAt) return false;
    await forgottenSubjects.add(tx, erasure);
    const row = { subject_key, erased_at: Math.max(askedAt, known?.erased_at ?? 0), is_done: 0 };
    const replace = ['erased_at', 'is_done'];
    await tx.dialect.upsertRows(tx.queries, 'erasures', [row], { key: ['subject_key'], replace });
    return true;
  },

  async finish({ queries }: Transaction, { subject, erasedAt }: Erasure): Promise<void> {
    await queries
      .withTables<ErasureTables>()
      .updateTable('erasures')
      .set({ is_done: 1 })
      .where('subject_key', '=', forgottenSubjects.keyOf(subject))
      .where('erased_at', '<=', erasedAt.getTime())
      .execute();
  },

  /**
   * None begins until the end of the transaction, so that what is read in it names nobody who is forgotten. Throws
   * `unavailable` while one is under way, or has failed.
   */
  async holdOff(tx: Transaction): Promise<void> {
    // for its lock: whoever begins to forget has to take it
    await forgottenSubjects.count(tx);
    const open = await tx.queries
      .withTables<ErasureTables>()
      .selectFrom('erasures')
      .select('erased_at')
      .where('is_done', '=', 0)
      .orderBy('erased_at')
      .limit(1)
      .executeTakeFirst();
    if (!open) return;
    const since = new Date(open.erased_at).toISOString();
    throw new AppError('unavailable', `nothing is archived before an erasure of ${since} is carried out`);
  },
};

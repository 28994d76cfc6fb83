import { createHash } from 'node:crypto';
import { migrate, type Database, type Transaction } from '@fanfare/storage';
import type { Erasure } from './erasure-consumer';

const tables = `
-- Who was forgotten, as a hash of the subject, and what is older: it may still come in late.
CREATE TABLE forgotten_subjects (
  subject_key CHAR(64) NOT NULL,
  erased_at BIGINT NOT NULL,
  PRIMARY KEY (subject_key)
);

-- A single row, locked by whoever forgets and by whoever takes something in, so that neither misses the other.
CREATE TABLE forgotten_count (
  id INTEGER NOT NULL,
  erasures BIGINT NOT NULL,
  PRIMARY KEY (id)
);
INSERT INTO forgotten_count (id, erasures) VALUES (1, 0);
`;

/** Makes the tables of a service that takes in what others tell of subjects. Repeatable. */
export async function migrateForgotten(database: Database): Promise<void> {
  await migrate(database, {
    component: 'privacy',
    migrations: [{ version: 1, name: 'forgotten', sql: tables }],
  });
}

type ForgottenTables = {
  forgotten_subjects: { subject_key: string; erased_at: number };
  forgotten_count: { id: number; erasures: number };
};

/** Whether what happened then to one of these subjects is to be forgotten. */
export type IsForgotten = (subjects: readonly (string | null | undefined)[], at: Date) => boolean;

/** Remembers who was forgotten, so that nobody comes back by an event that is late, or read once more. */
export const forgottenSubjects = {
  /** As what a subject is remembered: what tells that somebody was forgotten must not name him. */
  keyOf: (subject: string): string => createHash('sha256').update(subject).digest('hex'),

  /** What is told late or again takes nothing back: the latest erasure of a subject holds. */
  async add({ queries, dialect }: Transaction, { subject, erasedAt }: Erasure): Promise<void> {
    await dialect.takeNumbers(queries, 'forgotten_count', 'erasures', { id: 1 }, 1);
    const row = { subject_key: forgottenSubjects.keyOf(subject), erased_at: erasedAt.getTime() };
    if ((await dialect.insertNewRows(queries, 'forgotten_subjects', [row])) === 1) return;
    await queries
      .withTables<ForgottenTables>()
      .updateTable('forgotten_subjects')
      .set({ erased_at: row.erased_at })
      .where('subject_key', '=', row.subject_key)
      .where('erased_at', '<', row.erased_at)
      .execute();
  },

  /** How often somebody was forgotten; the answer holds until the end of the transaction. */
  async count({ queries, dialect }: Transaction): Promise<number> {
    const { erasures } = await queries
      .withTables<ForgottenTables>()
      .selectFrom('forgotten_count')
      .select('erasures')
      .where('id', '=', 1)
      .modifyEnd(dialect.forShare)
      .executeTakeFirstOrThrow();
    return erasures;
  },

  /** Looks these subjects up; the answer holds until the end of the transaction. */
  async find(tx: Transaction, subjects: readonly (string | null | undefined)[]): Promise<IsForgotten> {
    if ((await forgottenSubjects.count(tx)) === 0) return () => false;
    const keys = new Set(
      subjects.flatMap((subject) => (subject == null ? [] : forgottenSubjects.keyOf(subject))),
    );
    if (keys.size === 0) return () => false;
    const rows = await tx.queries
      .withTables<ForgottenTables>()
      .selectFrom('forgotten_subjects')
      .selectAll()
      .where('subject_key', 'in', [...keys])
      .execute();
    const erasedAt = new Map(rows.map((row) => [row.subject_key, row.erased_at]));
    return (candidates, at) =>
      erasedAt.size > 0 &&
      candidates.some(
        (subject) =>
          subject != null && (erasedAt.get(forgottenSubjects.keyOf(subject)) ?? -1) >= at.getTime(),
      );
  },
};

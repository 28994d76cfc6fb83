import { rewriteParked } from '@fanfare/messaging';
import {
  eraseEverybodyIn,
  erasePersonIn,
  forgottenSubjects,
  rewriteJson,
  type ForgetSubject,
} from '@fanfare/service-kit';
import type { SqlRow, Transaction } from '@fanfare/storage';
import { sql } from 'kysely';

/** Where the contents of messages and runs are kept, as JSON, and how their rows are named. */
const places = [
  { table: 'workflows', key: ['mediator_key', 'id'], columns: ['state'] },
  { table: 'workflow_events', key: ['mediator_key', 'run_id', 'sequence'], columns: ['data'] },
  { table: 'messages', key: ['mediator_key', 'id'], columns: ['body', 'result', 'error'] },
  { table: 'receipts', key: ['sequence', 'recipient_id'], columns: ['answer', 'error'] },
  { table: 'jobs', key: ['mediator_key', 'id'], columns: ['settings'] },
  { table: 'job_runs', key: ['mediator_key', 'id'], columns: ['data', 'result', 'error'] },
  { table: 'tasks', key: ['mediator_key', 'id'], columns: ['settings', 'result', 'error'] },
  { table: 'mediator_notifications', key: ['mediator_key', 'id'], columns: ['content'] },
] as const;

type Place = (typeof places)[number];

/**
 * Takes a person out of what is said under `customer_id` and `user_id` in messages, runs and histories; of an order that
 * was erased itself, everybody. What contents say in other words only their programs know: it goes with its retention.
 */
export const forgetPerson: ForgetSubject = async (tx, erasure) => {
  await forgottenSubjects.add(tx, erasure);
  const { subject } = erasure;
  for (const place of places) {
    for (const column of place.columns) await rewriteColumn(tx, place, column, subject);
  }
  await rewriteParked(tx.queries, subject, erasePersonIn(subject));
};

/** Found without a lock, as nothing is indexed by content; changed row by row, as whoever works with them does. */
async function rewriteColumn(tx: Transaction, { table, key }: Place, column: string, subject: string) {
  const quoted = JSON.stringify(subject);
  const found = await sql<SqlRow>`
    select ${sql.join(key.map((name) => sql.ref(name)))} from ${sql.table(table)}
    where instr(${sql.ref(column)}, ${quoted}) > 0`.execute(tx.queries);
  for (const row of found.rows) {
    const where = sql.join(
      key.map((name) => sql`${sql.ref(name)} = ${row[name]}`),
      sql` and `,
    );
    const { rows } = await sql<{ text: string | null }>`
      select ${sql.ref(column)} as text from ${sql.table(table)} where ${where} ${tx.dialect.forUpdate}`.execute(
      tx.queries,
    );
    const text = rows[0]?.text;
    if (text == null) continue;
    await sql`
      update ${sql.table(table)} set ${sql.ref(column)} = ${rewriteText(text, subject, quoted)}
      where ${where}`.execute(tx.queries);
  }
}

function rewriteText(text: string, subject: string, quoted: string): string {
  const isAboutOrder = text.includes(`"order_id":${quoted}`);
  return rewriteJson(text, isAboutOrder ? eraseEverybodyIn : erasePersonIn(subject));
}

import type { Queries } from '@fanfare/storage';
import { sql } from 'kysely';
import type { MessagingTables } from './messaging-tables';

/** Gives the value in place of a value that stands somewhere in an event under a name; the same where it stays. */
export type RewriteValue = (name: string, value: unknown) => unknown;

/**
 * Rewrites the events that failed, of all groups of a database, in whose bytes a text stands. Bytes with it that are no
 * JSON are removed: nobody can tell what they hold.
 */
export async function rewriteParked(queries: Queries, text: string, rewrite: RewriteValue): Promise<void> {
  const own = queries.withTables<MessagingTables>();
  const inJson = JSON.stringify(text).slice(1, -1);
  const rows = await own
    .selectFrom('parked_events')
    .select(['id', 'body'])
    .where(sql<boolean>`instr(body, ${inJson}) > 0`)
    .execute();
  for (const { id, body } of rows) {
    const rewritten = rewriteBytes(body, rewrite);
    if (rewritten === null) await own.deleteFrom('parked_events').where('id', '=', id).execute();
    else await own.updateTable('parked_events').set({ body: rewritten }).where('id', '=', id).execute();
  }
}

/** Removes the events that failed and have a key, of all groups of a database. */
export async function removeParked(queries: Queries, key: string): Promise<void> {
  await queries
    .withTables<MessagingTables>()
    .deleteFrom('parked_events')
    .where('event_key', '=', key)
    .execute();
}

function rewriteBytes(body: Buffer, rewrite: RewriteValue): Buffer | null {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(body.toString('utf8'), rewrite)));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

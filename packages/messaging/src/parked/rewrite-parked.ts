import type { Queries } from '@fanfare/storage';
import { sql } from 'kysely';
import type { MessagingTables } from '../messaging-tables';

/** Gives the value in place of a value that stands somewhere in an event under a name; the same where it stays. */
export type RewriteValue = (name: string, value: unknown) => unknown;

const rowsAtOnce = 500;

/**
 * Rewrites the events that failed, of all groups of a database, in whose bytes a text stands as a whole JSON string. Bytes
 * with it that are no JSON are removed: nobody can tell what else they hold. A text that is part of a longer one is another's;
 * so bytes that are no JSON and have it otherwise than between quotation marks stay.
 */
export async function rewriteParked(queries: Queries, text: string, rewrite: RewriteValue): Promise<void> {
  const own = queries.withTables<MessagingTables>();
  const naming = own
    .selectFrom('parked_events')
    .select(['id', 'body'])
    .where(sql<boolean>`instr(body, ${JSON.stringify(text)}) > 0`)
    .orderBy('id')
    .limit(rowsAtOnce);
  let rows = await naming.execute();
  while (rows.length > 0) {
    for (const { id, body } of rows) {
      const rewritten = rewriteBytes(body, rewrite);
      if (rewritten === null) await own.deleteFrom('parked_events').where('id', '=', id).execute();
      else await own.updateTable('parked_events').set({ body: rewritten }).where('id', '=', id).execute();
    }
    rows = await naming.where('id', '>', rows.at(-1)?.id ?? '').execute();
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
    // the latter of what is nested too deeply to be an event
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

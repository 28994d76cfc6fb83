import { overtaken } from '@fanfare/messaging';
import type { Database } from '@fanfare/storage';

type StreamTables = {
  stream_cursors: { name: string; position: number; fence: number };
};

/** How far the log was sent to a stream, in the hands of the one that sends. */
export interface StreamCursor {
  readonly position: number;
  /** Moves it on; throws `conflict` when a later holder of the lease has taken over. */
  save(position: number): Promise<void>;
}

/**
 * Takes the cursor over for the holder of `fence`: from now on an earlier holder cannot move it. Throws `conflict`
 * when a later one has it already.
 */
export async function openStreamCursor(
  database: Database,
  name: string,
  fence: number,
): Promise<StreamCursor> {
  const queries = database.queries.withTables<StreamTables>();
  await database.dialect.insertNewRows(database.queries, 'stream_cursors', [{ name, position: 0, fence: 0 }]);
  await queries
    .updateTable('stream_cursors')
    .set({ fence })
    .where('name', '=', name)
    .where('fence', '<', fence)
    .execute();
  const row = await queries
    .selectFrom('stream_cursors')
    .select('position')
    .where('name', '=', name)
    .where('fence', '=', fence)
    .executeTakeFirst();
  if (!row) throw overtaken(`the position in ${name}`);
  return {
    position: row.position,
    async save(position) {
      const { numUpdatedRows } = await queries
        .updateTable('stream_cursors')
        .set({ position })
        .where('name', '=', name)
        .where('fence', '=', fence)
        .where('position', '<', position)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw overtaken(`the position in ${name}`);
    },
  };
}

/** How far the log was sent to a stream; 0 when it never was. */
export async function readStreamCursor(database: Database, name: string): Promise<number> {
  const row = await database.queries
    .withTables<StreamTables>()
    .selectFrom('stream_cursors')
    .select('position')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.position ?? 0;
}

import type { Database } from '@fanfare/storage';
import { overtaken } from '../leases/hold-lease';
import type { MessagingTables } from '../messaging-tables';

/** How far each partition of a topic was published, as its relay's lease holder keeps it. */
export interface RelayCursors {
  /** Partition → sequence of the last event that the bus has confirmed. */
  readonly published: Map<number, number>;
  /** Writes the cursor of one partition down, when it has moved; throws `conflict` when a later holder of the lease has taken over. */
  save(part: number): Promise<void>;
}

/**
 * Takes the cursors over for the holder of `fence`: from now on an earlier holder cannot move them
 * (M. Kleppmann, "How to do distributed locking", 2016). Throws `conflict` when a later holder has them already.
 */
export async function openRelayCursors(
  database: Database,
  topic: string,
  fence: number,
): Promise<RelayCursors> {
  const queries = database.queries.withTables<MessagingTables>();
  await queries
    .updateTable('relay_cursors')
    .set({ fence })
    .where('topic', '=', topic)
    .where('fence', '<', fence)
    .execute();
  const rows = await queries
    .selectFrom('relay_cursors')
    .select(['part', 'published', 'fence'])
    .where('topic', '=', topic)
    .execute();
  if (rows.some((row) => row.fence !== fence)) throw overtaken(`the cursors of the relay of ${topic}`);
  const published = new Map(rows.map((row) => [row.part, row.published]));
  return {
    published,
    async save(part) {
      const reached = published.get(part) ?? 0;
      const { numUpdatedRows } = await queries
        .updateTable('relay_cursors')
        .set({ published: reached })
        .where('topic', '=', topic)
        .where('part', '=', part)
        .where('fence', '=', fence)
        .where('published', '<', reached)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw overtaken(`the cursors of the relay of ${topic}`);
    },
  };
}

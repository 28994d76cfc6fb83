import type { Database, Transaction } from '@fanfare/storage';
import type { MessagingTables } from '../messaging-tables';
import { CursorMoved, type Cursor, type CursorKey, type CursorMove } from './cursor';
import { createGapRecord } from './gap-record';

/** A cursor in the group's database. */
export interface DatabaseCursor extends Cursor {
  /**
   * Moves the cursor, first thing in the transaction of the effect: the row stays locked until the commit, so two
   * members never apply the same events. Throws `CursorMoved` when it is no longer at `from`.
   */
  move(tx: Transaction, move: CursorMove): Promise<void>;
}

export function createDatabaseCursor(database: Database, key: CursorKey): DatabaseCursor {
  const { group, topic, partition } = key;
  const gaps = createGapRecord(database, key);

  async function find(): Promise<number | undefined> {
    const row = await database.queries
      .withTables<MessagingTables>()
      .selectFrom('cursors')
      .select('applied')
      .where('group_name', '=', group)
      .where('topic', '=', topic)
      .where('part', '=', partition)
      .executeTakeFirst();
    return row?.applied;
  }

  async function begin(): Promise<number> {
    const row = { group_name: group, topic, part: partition, applied: 0, gaps_filled: 0 };
    await database.dialect.insertNewRows(database.queries, 'cursors', [row]);
    return 0;
  }

  async function move(tx: Transaction, { from, to }: CursorMove): Promise<void> {
    if (from === to) return;
    const { numUpdatedRows } = await tx.queries
      .withTables<MessagingTables>()
      .updateTable('cursors')
      .set({ applied: to })
      .where('group_name', '=', group)
      .where('topic', '=', topic)
      .where('part', '=', partition)
      .where('applied', '=', from)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw new CursorMoved(key, from);
  }

  return {
    load: async () => (await find()) ?? (await begin()),
    move,
    countFilledGap: (events) => gaps.countFilled(events),
    async skipLost(from, to) {
      await database.transact(async (tx) => {
        await move(tx, { from: from - 1, to });
        await gaps.keepLost(tx.queries, from, to);
      });
    },
  };
}

import type { Database, Transaction } from '@fanfare/storage';
import type { MessagingTables } from './messaging-tables';

/** Someone else has moved the cursor meanwhile: what was planned with its old value must be planned again. */
export class CursorMoved extends Error {
  override readonly name = 'CursorMoved';
}

/** A group's last applied sequence in one partition of a topic, moved in the transaction of the effect. */
export interface Cursor {
  /** Makes the cursor at 0 when the group is new; returns where it is. */
  load(): Promise<number>;
  /**
   * Moves the cursor, first thing in the transaction of the effect: the row stays locked until the commit, so two
   * members never apply the same events. Throws `CursorMoved` when it is no longer at `from`.
   */
  move(tx: Transaction, from: number, to: number): Promise<void>;
  /** Counts events that the bus did not deliver and the feed did. */
  countFilledGap(events: number): Promise<void>;
  /** Passes over events that the owner's log no longer holds, and keeps a record of them. */
  skipLost(from: number, to: number): Promise<void>;
}

export interface CursorKey {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

export function createCursor(database: Database, { group, topic, partition }: CursorKey): Cursor {
  const key = { group_name: group, topic, part: partition };

  async function move(tx: Transaction, from: number, to: number): Promise<void> {
    const { numUpdatedRows } = await tx.queries
      .withTables<MessagingTables>()
      .updateTable('cursors')
      .set({ applied: to })
      .where('group_name', '=', group)
      .where('topic', '=', topic)
      .where('part', '=', partition)
      .where('applied', '=', from)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n)
      throw new CursorMoved(`the cursor of ${group} in ${topic}/${partition} is not at ${from}`);
  }

  return {
    async load() {
      await database.dialect.insertNewRows(database.queries, 'cursors', [
        { ...key, applied: 0, gaps_filled: 0 },
      ]);
      const { applied } = await database.queries
        .withTables<MessagingTables>()
        .selectFrom('cursors')
        .select('applied')
        .where('group_name', '=', group)
        .where('topic', '=', topic)
        .where('part', '=', partition)
        .executeTakeFirstOrThrow();
      return applied;
    },
    move,
    async countFilledGap(events) {
      await database.queries
        .withTables<MessagingTables>()
        .updateTable('cursors')
        .set((row) => ({ gaps_filled: row('gaps_filled', '+', events) }))
        .where('group_name', '=', group)
        .where('topic', '=', topic)
        .where('part', '=', partition)
        .execute();
    },
    async skipLost(from, to) {
      await database.transact(async (tx) => {
        await move(tx, from - 1, to);
        const lost = { ...key, from_sequence: from, to_sequence: to };
        await tx.dialect.insertRows(tx.queries, 'lost_events', [lost]);
      });
    },
  };
}

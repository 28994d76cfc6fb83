import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import { groupIds } from '../group-ids';
import { toJson, type MessageTables } from '../messages/message-rows';
import type { Part } from '../part';
import type { Waiting } from '../waiting';
import { failures } from './failures';
import { messageTopic } from './mailbox';
import { noPlace } from './settle';

export interface RemoveMessagesDeps {
  readonly database: Pick<Database, 'transact'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

/** What becomes of messages in a removed mediator, and of those that have ended long ago. */
export function createRemoveMessages({
  database,
  clock,
  waiting,
}: RemoveMessagesDeps): Required<Pick<Part, 'onMediatorRemoved' | 'prune'>> {
  return {
    /** Whatever gave out work hears of the removal by itself. */
    async onMediatorRemoved(tx, mediatorKey) {
      const tables = tx.queries.withTables<MessageTables>();
      // first, as whoever takes does: else each would wait for the other
      await tables.deleteFrom('mailboxes').where('mediator_key', '=', mediatorKey).execute();
      const topics = await findAwaited(tx, mediatorKey);
      await tables
        .updateTable('messages')
        .set({
          status: 'failed',
          error: toJson(failures.removed),
          open_receipts: 0,
          ended_at: clock.now().getTime(),
        })
        .where('mediator_key', '=', mediatorKey)
        .where('status', 'in', ['scheduled', 'pending'])
        .execute();
      await tables
        .updateTable('receipts')
        .set({ status: 'cancelled', ...noPlace })
        .where('mediator_key', '=', mediatorKey)
        .where('status', 'in', ['pending', 'delivered', 'dead'])
        .execute();
      tx.afterCommit(() => {
        for (const topic of topics) waiting.tell(topic);
      });
    },

    prune: (before, limit) =>
      database.transact(async (tx) => {
        const tables = tx.queries.withTables<MessageTables>();
        const rows = await tables
          .selectFrom('messages')
          .select(['mediator_key', 'id', 'sequence'])
          .where('ended_at', '<', before.getTime())
          .orderBy('ended_at')
          .limit(limit)
          .modifyEnd(tx.dialect.forUpdate)
          .execute();
        if (rows.length === 0) return 0;
        const sequences = rows.map(({ sequence }) => sequence);
        await tables.deleteFrom('receipts').where('sequence', 'in', sequences).execute();
        for (const [key, ids] of groupIds(rows)) {
          await tables
            .deleteFrom('messages')
            .where('mediator_key', '=', key)
            .where('id', 'in', ids)
            .execute();
        }
        return rows.length;
      }),
  };
}

async function findAwaited(tx: Transaction, mediatorKey: number): Promise<readonly string[]> {
  const rows = await tx.queries
    .withTables<MessageTables>()
    .selectFrom('messages')
    .select('id')
    .where('mediator_key', '=', mediatorKey)
    .where('status', 'in', ['scheduled', 'pending'])
    .where('kind', 'in', ['command', 'query'])
    .execute();
  return rows.map(({ id }) => messageTopic(mediatorKey, id));
}

import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { toJson, type MessageTables } from '../messages/message-rows';
import type { Part } from '../part';
import type { Waiting } from '../waiting';
import { failures } from './failures';
import { messageTopic } from './mailbox';
import { noPlace } from './settle';

export interface RemoveMessagesDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

/** Ends the messages of a removed mediator. Whatever gave out work hears of the removal by itself. */
export function createRemoveMessages({
  clock,
  waiting,
}: RemoveMessagesDeps): NonNullable<Part['onMediatorRemoved']> {
  return async function removeMessages(tx, mediatorKey) {
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

import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MessageTables } from '../messages/message-rows';
import type { Waiting } from '../waiting';
import { mailboxTopic, type Mailbox } from './mailbox';

export interface GiveBackDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

/** As if the time had run out for which the messages were taken. */
export function createGiveBack({ database, clock, waiting }: GiveBackDeps): Mailbox['giveBack'] {
  return async function giveBack({ mediator }, colleagueId, messageIds) {
    if (messageIds.length === 0) return;
    const nowMs = clock.now().getTime();
    const tables = database.queries.withTables<MessageTables>();
    await tables
      .updateTable('receipts')
      .set({ available_at: nowMs })
      .where('recipient_id', '=', colleagueId)
      .where('sequence', 'in', (query) =>
        query
          .selectFrom('messages')
          .select('messages.sequence')
          .where('messages.mediator_key', '=', mediator.key)
          .where('messages.id', 'in', [...messageIds]),
      )
      .where('status', '=', 'delivered')
      .where('available_at', '>', nowMs)
      .execute();
    waiting.tell(mailboxTopic(mediator.key, colleagueId));
  };
}

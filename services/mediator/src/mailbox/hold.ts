import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MediatorEntry } from '../mediators/directory';
import type { MessageTables } from '../messages/message-rows';
import type { Waiting } from '../waiting';
import { mailboxTopic, type Mailbox } from './mailbox';

export interface HoldDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

/** Changes the time for which messages were taken; what nobody has in hands any more stays free. */
export function createHold({ database, clock, waiting }: HoldDeps): Pick<Mailbox, 'hold' | 'giveBack'> {
  async function hold(
    { mediator }: MediatorEntry,
    colleagueId: string,
    messageIds: readonly string[],
    visibilityMs: number,
  ): Promise<void> {
    if (messageIds.length === 0) return;
    const tables = database.queries.withTables<MessageTables>();
    // asked first: MariaDB answers a subquery of an update once for each receipt of everybody
    const messages = await tables
      .selectFrom('messages')
      .select('sequence')
      .where('mediator_key', '=', mediator.key)
      .where('id', 'in', [...messageIds])
      .execute();
    if (messages.length === 0) return;
    const nowMs = clock.now().getTime();
    await tables
      .updateTable('receipts')
      .set({ available_at: nowMs + visibilityMs })
      .where('recipient_id', '=', colleagueId)
      .where(
        'sequence',
        'in',
        messages.map(({ sequence }) => sequence),
      )
      .where('status', '=', 'delivered')
      .where('available_at', '>', nowMs)
      .execute();
  }

  return {
    hold,
    async giveBack(entry, colleagueId, messageIds) {
      await hold(entry, colleagueId, messageIds, 0);
      waiting.tell(mailboxTopic(entry.mediator.key, colleagueId));
    },
  };
}

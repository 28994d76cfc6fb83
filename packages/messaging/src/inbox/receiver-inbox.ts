import type { Inbox, InboxKey } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import { identityOf } from '../events/event-identity';
import type { MessagingTables } from '../messaging-tables';

export interface ReceiverInboxOptions {
  /** With the tables of messaging (`migrateMessaging`); `createRetention` removes what is old. */
  readonly database: Pick<Database, 'transact' | 'queries'>;
  /** Who receives: each group remembers for itself. Not the name of a consumer. */
  readonly group: string;
  readonly clock: Clock;
}

export interface ReceiverInbox extends Inbox<Transaction> {
  /** Whether an event was handled before: for what has to be done ahead of the transaction. */
  wasHandled(key: InboxKey): Promise<boolean>;
}

/**
 * An inbox for receivers of CloudEvents over HTTP. An event is remembered in the transaction that its handler gets:
 * what the handler writes through it takes effect exactly once, even when the process dies half-way.
 * See `Database.transact` for what the handler must not do inside.
 */
export function createReceiverInbox({ database, group, clock }: ReceiverInboxOptions): ReceiverInbox {
  return {
    async wasHandled(key) {
      const row = await database.queries
        .withTables<MessagingTables>()
        .selectFrom('handled_events')
        .select('identity')
        .where('group_name', '=', group)
        .where('identity', '=', identityOf(key))
        .executeTakeFirst();
      return row !== undefined;
    },
    handleOnce: (key, handle) => {
      const identity = identityOf(key);
      return database.transact(async (tx) => {
        const appliedAt = clock.now().getTime();
        const row = { group_name: group, identity, topic: null, event_id: null, applied_at: appliedAt };
        // the same event in another transaction is waited for here, on the key of its row
        const newRows = await tx.dialect.insertNewRows(tx.queries, 'handled_events', [row]);
        if (newRows === 1) await handle(tx);
      });
    },
  };
}

import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { toJson, type MessageTables } from '../messages/message-rows';
import type { Waiting } from '../waiting';
import { failures } from './failures';
import { mailboxTopic, messageTopic } from './mailbox';
import { noPlace } from './settle';

export interface EndSinglesDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

interface MailboxKey {
  readonly mediatorKey: number;
  readonly colleagueId: string;
}

interface Single {
  readonly id: string;
  readonly sequence: number;
}

/** So many in one statement. */
const chunkSize = 1_000;

/**
 * Fails messages that were for an unregistered colleague alone: together, since there may be very many of them. Their
 * timers find nothing to do.
 */
export function createEndSingles({ clock, waiting }: EndSinglesDeps) {
  const error = toJson(failures.unregistered);
  const answer = toJson({ error: failures.unregistered });

  async function endChunk(
    tx: Transaction,
    { mediatorKey, colleagueId }: MailboxKey,
    chunk: readonly Single[],
  ) {
    const tables = tx.queries.withTables<MessageTables>();
    // locked first: some may have been settled meanwhile
    const open = await tables
      .selectFrom('messages')
      .select(['id', 'sequence'])
      .where('mediator_key', '=', mediatorKey)
      .where('id', 'in', idsOf(chunk))
      .where('status', 'in', ['scheduled', 'pending'])
      .modifyEnd(tx.dialect.forUpdate)
      .execute();
    if (open.length === 0) return;
    await tables
      .updateTable('messages')
      .set({ status: 'failed', error, open_receipts: 0, ended_at: clock.now().getTime() })
      .where('mediator_key', '=', mediatorKey)
      .where('id', 'in', idsOf(open))
      .execute();
    const receipts = tables
      .updateTable('receipts')
      .where('recipient_id', '=', colleagueId)
      .where(
        'sequence',
        'in',
        open.map(({ sequence }) => sequence),
      );
    await receipts.set({ error, answer }).where('status', '=', 'acked').where('answer', 'is', null).execute();
    await receipts
      .set({ status: 'dead', error, answer, ...noPlace })
      .where('status', 'in', ['pending', 'delivered'])
      .execute();
  }

  return async function endSingles(
    tx: Transaction,
    mailbox: MailboxKey,
    singles: readonly Single[],
  ): Promise<void> {
    for (let from = 0; from < singles.length; from += chunkSize) {
      await endChunk(tx, mailbox, singles.slice(from, from + chunkSize));
    }
    const { mediatorKey, colleagueId } = mailbox;
    tx.afterCommit(() => {
      waiting.tell(mailboxTopic(mediatorKey, colleagueId));
      for (const { id } of singles) waiting.tell(messageTopic(mediatorKey, id));
    });
  };
}

function idsOf(singles: readonly Pick<Single, 'id'>[]): string[] {
  return singles.map(({ id }) => id);
}

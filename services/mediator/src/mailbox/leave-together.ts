import type { Clock } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { toJson, type MessageTables } from '../messages/message-rows';
import type { Waiting } from '../waiting';
import { failures } from './failures';
import { mailboxTopic, messageTopic } from './mailbox';
import { isOpen, noPlace } from './settle';

export interface LeaveTogetherDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly waiting: Pick<Waiting, 'tell'>;
}

export interface MailboxKey {
  readonly mediatorKey: number;
  readonly colleagueId: string;
}

interface Left {
  readonly id: string;
  readonly sequence: number;
}

/** So many in one statement. */
const chunkSize = 1_000;

const error = toJson(failures.unregistered);
const answer = toJson({ error: failures.unregistered });

/**
 * Gives up messages for an unregistered colleague: together, since there may be very many of them. Those that nobody else
 * is to receive have failed; their timers find nothing to do. Not for work, nor for queries to many.
 */
export function createLeaveTogether({ clock, waiting }: LeaveTogetherDeps) {
  async function leaveChunk(tx: Transaction, mailbox: MailboxKey, chunk: readonly Left[]): Promise<void> {
    const left = await lockOpen(tx, mailbox, chunk);
    if (left.length === 0) return;
    const messages = tx.queries
      .withTables<MessageTables>()
      .updateTable('messages')
      .where('mediator_key', '=', mailbox.mediatorKey)
      .where('id', 'in', idsOf(left));
    // first those that end by it, which are not open any more for the second
    await messages
      .set({ status: 'failed', error, open_receipts: 0, ended_at: clock.now().getTime() })
      .where('open_receipts', '=', 1)
      .execute();
    await messages
      .set(({ eb }) => ({ open_receipts: eb('open_receipts', '-', 1) }))
      .where('open_receipts', '>', 1)
      .execute();
    await leaveReceipts(tx, mailbox, left);
  }

  return async function leaveTogether(
    tx: Transaction,
    mailbox: MailboxKey,
    messages: readonly Left[],
  ): Promise<void> {
    for (let from = 0; from < messages.length; from += chunkSize) {
      await leaveChunk(tx, mailbox, messages.slice(from, from + chunkSize));
    }
    const { mediatorKey, colleagueId } = mailbox;
    tx.afterCommit(() => {
      waiting.tell(mailboxTopic(mediatorKey, colleagueId));
      for (const { id } of messages) waiting.tell(messageTopic(mediatorKey, id));
    });
  };
}

/** Locks messages and what they are to the colleague; leaves out what has been settled meanwhile. */
async function lockOpen(
  tx: Transaction,
  { mediatorKey, colleagueId }: MailboxKey,
  chunk: readonly Left[],
): Promise<readonly Left[]> {
  const tables = tx.queries.withTables<MessageTables>();
  const messages = await tables
    .selectFrom('messages')
    .select(['id', 'sequence', 'kind'])
    .where('mediator_key', '=', mediatorKey)
    .where('id', 'in', idsOf(chunk))
    .where('status', 'in', ['scheduled', 'pending'])
    .modifyEnd(tx.dialect.forUpdate)
    .execute();
  if (messages.length === 0) return [];
  const rows = await tables
    .selectFrom('receipts')
    .select(['sequence', 'status', 'answer'])
    .where('recipient_id', '=', colleagueId)
    .where('sequence', 'in', sequencesOf(messages))
    .modifyEnd(tx.dialect.forUpdate)
    .execute();
  const receipts = new Map(rows.map((row) => [row.sequence, row]));
  return messages.filter((message) => {
    const receipt = receipts.get(message.sequence);
    return receipt !== undefined && isOpen(message, receipt);
  });
}

/** Whatever was acked stays so; an answer to it will not come. */
async function leaveReceipts(
  tx: Transaction,
  { colleagueId }: MailboxKey,
  left: readonly Left[],
): Promise<void> {
  const receipts = tx.queries
    .withTables<MessageTables>()
    .updateTable('receipts')
    .where('recipient_id', '=', colleagueId)
    .where('sequence', 'in', sequencesOf(left));
  await receipts.set({ error, answer }).where('status', '=', 'acked').execute();
  await receipts
    .set({ status: 'dead', error, answer, ...noPlace })
    .where('status', 'in', ['pending', 'delivered'])
    .execute();
}

function idsOf(messages: readonly Left[]): string[] {
  return messages.map(({ id }) => id);
}

function sequencesOf(messages: readonly Left[]): number[] {
  return messages.map(({ sequence }) => sequence);
}

import type { Clock } from '@fanfare/core';
import { unanswered, type Database, type Transaction } from '@fanfare/storage';
import { fromMessageRow, type MessageTables, type ReceiptRow } from '../messages/message-rows';
import { countInHands, findTakeable, findTakeableOnePerLane, hasTakeable } from './find-takeable';
import type { Mailbox, Taken } from './mailbox';
import { toDelivery } from './to-delivery';

export interface TakeDeps {
  readonly database: Pick<Database, 'transact' | 'queries'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Those who take from one mailbox take turns, in whatever instance they are. */
export function createTake({ database, clock }: TakeDeps): Mailbox['take'] {
  return async function take({ entry, colleagueId, limit, maxInHands, visibilityMs, isOneAtATime = false }) {
    const mailbox = { mediatorKey: entry.mediator.key, colleagueId };
    if (!(await hasTakeable(database.queries, { ...mailbox, nowMs: clock.now().getTime() }))) return [];
    return database.transact(async (tx) => {
      await lockMailbox(tx, mailbox);
      const nowMs = clock.now().getTime();
      const inHands = maxInHands === undefined ? 0 : await countInHands(tx.queries, { ...mailbox, nowMs });
      const room = Math.min(limit, (maxInHands ?? Infinity) - inHands);
      if (room <= 0) return [];
      const find = isOneAtATime ? findTakeableOnePerLane : findTakeable;
      const sequences = await find(tx.queries, { ...mailbox, nowMs, limit: room });
      const receipts = await lockReceipts(tx, { colleagueId, nowMs }, sequences);
      if (receipts.length === 0) return [];
      const taken = receipts.map((row) => ({ ...row, attempts: row.attempts + 1, delivered_at: nowMs }));
      await writeTaken(tx, taken, { nowMs, untilMs: nowMs + visibilityMs });
      return readMessages(tx, mailbox.mediatorKey, taken);
    });
  };
}

interface MailboxKey {
  readonly mediatorKey: number;
  readonly colleagueId: string;
}

async function lockMailbox(tx: Transaction, { mediatorKey, colleagueId }: MailboxKey): Promise<void> {
  const lock = () =>
    tx.queries
      .withTables<MessageTables>()
      .selectFrom('mailboxes')
      .select('colleague_id')
      .where('mediator_key', '=', mediatorKey)
      .where('colleague_id', '=', colleagueId)
      .modifyEnd(tx.dialect.forUpdate)
      .executeTakeFirst();
  if (await lock()) return;
  await tx.dialect.insertNewRows(tx.queries, 'mailboxes', [
    { mediator_key: mediatorKey, colleague_id: colleagueId },
  ]);
  await lock();
}

/** Looks again with the rows locked: some may have been settled meanwhile. */
async function lockReceipts(
  tx: Transaction,
  { colleagueId, nowMs }: { readonly colleagueId: string; readonly nowMs: number },
  sequences: readonly number[],
): Promise<readonly ReceiptRow[]> {
  if (sequences.length === 0) return [];
  const rows = await tx.queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .selectAll()
    .where('recipient_id', '=', colleagueId)
    .where('sequence', 'in', [...sequences])
    .where('place', '>=', 0)
    .where('available_at', '<=', nowMs)
    .modifyEnd(tx.dialect.forUpdate)
    .execute();
  return rows.toSorted((one, other) => (one.place ?? 0) - (other.place ?? 0));
}

async function writeTaken(
  tx: Transaction,
  taken: readonly ReceiptRow[],
  { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
): Promise<void> {
  const [{ recipient_id: recipientId } = { recipient_id: '' }] = taken;
  const update = tx.queries
    .withTables<MessageTables>()
    .updateTable('receipts')
    .set(({ eb }) => ({
      status: 'delivered',
      available_at: untilMs,
      delivered_at: nowMs,
      attempts: eb('attempts', '+', 1),
    }))
    .where('recipient_id', '=', recipientId)
    .where(
      'sequence',
      'in',
      taken.map(({ sequence }) => sequence),
    );
  await tx.queries.executeQuery(unanswered(update.compile()));
}

async function readMessages(
  tx: Transaction,
  mediatorKey: number,
  taken: readonly ReceiptRow[],
): Promise<readonly Taken[]> {
  const sequences = taken.map(({ sequence }) => sequence);
  const rows = await tx.queries
    .withTables<MessageTables>()
    .selectFrom('messages')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('sequence', 'in', sequences)
    .execute();
  const messages = new Map(rows.map((row) => [row.sequence, fromMessageRow(row)]));
  return taken.flatMap((receipt) => {
    const message = messages.get(receipt.sequence);
    if (!message) return [];
    const { timeoutMs, trace } = message;
    return [{ delivery: toDelivery(message, receipt), timeoutMs, traceparent: trace.traceparent }];
  });
}

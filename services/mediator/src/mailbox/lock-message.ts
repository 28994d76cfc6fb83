import type { Transaction } from '@fanfare/storage';
import {
  fromMessageRow,
  type MessageTables,
  type ReceiptRow,
  type StoredMessage,
} from '../messages/message-rows';

/** A message that nobody else changes until the transaction ends. */
export interface LockedMessage {
  readonly message: StoredMessage;
  readonly receipts: readonly ReceiptRow[];
}

/** Locks a message and all its receipts, or that of one recipient; null when there is no such message. */
export async function lockMessage(
  tx: Transaction,
  mediatorKey: number,
  id: string,
  recipientId?: string,
): Promise<LockedMessage | null> {
  const tables = tx.queries.withTables<MessageTables>();
  const row = await tables
    .selectFrom('messages')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id)
    .modifyEnd(tx.dialect.forUpdate)
    .executeTakeFirst();
  if (!row) return null;
  let receipts = tables.selectFrom('receipts').selectAll().where('sequence', '=', row.sequence);
  if (recipientId !== undefined) receipts = receipts.where('recipient_id', '=', recipientId);
  const rows = await receipts.orderBy('recipient_id').modifyEnd(tx.dialect.forUpdate).execute();
  return { message: fromMessageRow(row), receipts: rows };
}

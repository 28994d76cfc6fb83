import type { PageQuery } from '@fanfare/service-kit';
import type { Queries } from '@fanfare/storage';
import type { MessageStatus, ReceiptStatus } from './message';
import { fromMessageRow, type MessageTables, type StoredMessage } from './message-rows';

export interface MessageFilter {
  readonly status?: MessageStatus | undefined;
  readonly sender_id?: string | undefined;
  readonly type?: string | undefined;
  /** With `receipt`: those that are so with this recipient. */
  readonly recipient_id?: string | undefined;
  readonly receipt?: ReceiptStatus | undefined;
}

export interface MessageListRequest {
  readonly mediatorKey: number;
  readonly filter: MessageFilter;
  readonly page: PageQuery;
  readonly now: Date;
}

/** Messages of a mediator in the order in which they were accepted, one more than the limit where there is more. */
export async function listMessages(
  queries: Queries,
  { mediatorKey, filter, page, now }: MessageListRequest,
): Promise<readonly StoredMessage[]> {
  const { limit, order, cursor, offset = 0 } = page;
  let messages = queries
    .withTables<MessageTables>()
    .selectFrom('messages')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .orderBy('sequence', order)
    .limit(limit + 1)
    .offset(offset);
  if (cursor !== undefined)
    messages = messages.where('sequence', order === 'asc' ? '>' : '<', Number(cursor));
  for (const column of ['status', 'sender_id', 'type'] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) messages = messages.where(column, '=', wanted);
  }
  const { recipient_id: recipientId, receipt } = filter;
  if (recipientId !== undefined || receipt !== undefined) {
    const receipts = receiptsLike(queries, { mediatorKey, recipientId, receipt, nowMs: now.getTime() });
    messages = messages.where('sequence', 'in', receipts);
  }
  return (await messages.execute()).map(fromMessageRow);
}

interface ReceiptFilter {
  readonly mediatorKey: number;
  readonly recipientId: string | undefined;
  readonly receipt: ReceiptStatus | undefined;
  readonly nowMs: number;
}

function receiptsLike(queries: Queries, { mediatorKey, recipientId, receipt, nowMs }: ReceiptFilter) {
  let receipts = queries
    .withTables<MessageTables>()
    .selectFrom('receipts')
    .select('sequence')
    .where('mediator_key', '=', mediatorKey);
  if (recipientId !== undefined) receipts = receipts.where('recipient_id', '=', recipientId);
  if (receipt === undefined) return receipts;
  if (receipt === 'delivered') {
    return receipts.where('status', '=', receipt).where('available_at', '>', nowMs);
  }
  if (receipt !== 'pending') return receipts.where('status', '=', receipt);
  // what nobody has in hand any more waits again, though nothing was written: see `fromReceiptRow`
  return receipts.where((row) =>
    row.or([
      row('status', '=', 'pending'),
      row.and([row('status', '=', 'delivered'), row('available_at', '<=', nowMs)]),
    ]),
  );
}

import { showReceipt, type Receipt, type StoredMessage } from './message-rows';
import type { ShownMessage } from './message-schemas';

/** A message as answers show it. */
export function showMessage(message: StoredMessage, receipts: readonly Receipt[]): ShownMessage {
  const { kind, body, isBroadcast } = message;
  return {
    id: message.id,
    kind,
    type: message.type,
    ...(kind === 'message' ? { content: body } : { data: body }),
    sender_id: message.senderId,
    recipient_id: isBroadcast ? null : findRecipientId(receipts),
    timestamp: message.acceptedAt.toISOString(),
    priority: message.priority,
    broadcast: isBroadcast,
    source: message.source,
    correlation_id: message.correlationId,
    deliver_at: message.deliverAt?.toISOString() ?? null,
    expires_at: message.expiresAt?.toISOString() ?? null,
    status: message.status,
    result: message.result,
    error: message.error,
    receipts: receipts.map(showReceipt),
  };
}

/** Work that went on to another handler has a cancelled receipt of the first. */
function findRecipientId(receipts: readonly Receipt[]): string | null {
  const current = receipts.find(({ status }) => status !== 'cancelled') ?? receipts[0];
  return current?.recipientId ?? null;
}

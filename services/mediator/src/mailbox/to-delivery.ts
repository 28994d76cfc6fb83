import { isAnswered, type ReceiptRow, type StoredMessage } from '../messages/message-rows';
import type { Delivery } from './delivery';

/** What a recipient gets of a message, at the attempt that its receipt counts. */
export function toDelivery(message: StoredMessage, receipt: ReceiptRow): Delivery {
  const { kind, body } = message;
  return {
    id: message.id,
    kind,
    type: message.type,
    ...(kind === 'message' ? { content: body } : { data: body }),
    sender_id: message.senderId,
    recipient_id: receipt.recipient_id,
    timestamp: message.acceptedAt.toISOString(),
    priority: message.priority,
    broadcast: message.isBroadcast,
    source: message.source,
    correlation_id: message.correlationId,
    attempt: receipt.attempts,
    expires_at: message.expiresAt?.toISOString() ?? null,
    reply_expected: isAnswered(kind),
    deadline: message.deadline?.toISOString() ?? null,
  };
}

import type { Notification } from './notification';
import type { ShownNotification } from './notification-schemas';

export function showNotification({ id, type, content, ...rest }: Notification): ShownNotification {
  const { recipientId, createdAt, priority, readAt, status } = rest;
  return {
    id,
    type,
    content,
    recipient_id: recipientId,
    timestamp: createdAt.toISOString(),
    priority,
    read: readAt !== null,
    read_at: readAt?.toISOString() ?? null,
    status,
  };
}

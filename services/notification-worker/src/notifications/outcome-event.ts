import { notificationFailed, notificationSent, type CloudEvent } from '@fanfare/contracts';
import type { Settlement } from './judge-outcomes';
import { traceOf } from './order-event';

/** The event that tells how a notification ended, or null while it is pending. */
export function toOutcomeEvent(settlement: Settlement, now: Date, newId: () => string): CloudEvent | null {
  const { notification, state, attempts, reason } = settlement;
  if (state === 'pending') return null;
  const { id, channel, orderId, event } = notification;
  const envelope = {
    id: newId(),
    source: '/notification-worker',
    subject: orderId,
    time: now,
    ...traceOf(event, newId),
  };
  const about = { notification_id: id, order_id: orderId, event_name: event.name, channel };
  const at = now.toISOString();
  if (state === 'sent') return notificationSent.create({ ...envelope, data: { ...about, sent_at: at } });
  return notificationFailed.create({
    ...envelope,
    data: { ...about, attempts, reason: reason ?? 'unknown', failed_at: at },
  });
}

import type { Notification, NotificationRecord } from './notification';
import type { NotificationTables } from './notification-tables';
import { nameOf, type OrderEvent } from './order-event';

type Row = NotificationTables['notifications'];

/** A notification as it is first written: pending, and due at once. */
export function toRow(notification: Notification) {
  const { id, channel, orderId, customerId, event, attempts, createdAt } = notification;
  return {
    id,
    event_id: event.id,
    channel,
    order_id: orderId,
    customer_id: customerId,
    event_name: nameOf(event),
    event: JSON.stringify(event),
    state: 'pending',
    attempts,
    due_at: createdAt.getTime(),
    created_at: createdAt.getTime(),
  };
}

type ClaimedRow = Pick<
  Row,
  'id' | 'channel' | 'order_id' | 'customer_id' | 'event' | 'attempts' | 'created_at'
>;

export function toNotification(row: ClaimedRow): Notification {
  return {
    id: row.id,
    channel: row.channel,
    orderId: row.order_id,
    customerId: row.customer_id,
    // checked when it was consumed, and every version of an event parses for ever
    event: JSON.parse(row.event) as OrderEvent,
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
  };
}

type ListedRow = Omit<Row, 'customer_id' | 'event' | 'due_at' | 'claimed_by'>;

export function toRecord(row: ListedRow): NotificationRecord {
  return {
    id: row.id,
    orderId: row.order_id,
    eventId: row.event_id,
    eventName: row.event_name,
    channel: row.channel,
    state: row.state,
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
    sentAt: row.sent_at === null ? null : new Date(row.sent_at),
    reason: row.reason,
  };
}

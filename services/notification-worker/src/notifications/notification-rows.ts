import type { Claim, Notification, NotificationRecord } from './notification';
import type { NotificationTables } from './notification-tables';
import type { OrderEvent } from './order-event';

type Row = NotificationTables['notifications'];

/** A new notification, claimed at once or due at once. That it is pending and untried is the table's default. */
export function toRow(
  { id, channel, orderId, customerId, event, createdAt }: Notification,
  claim: Claim | undefined,
) {
  return {
    id,
    channel,
    order_id: orderId,
    customer_id: customerId,
    event_id: event.identity,
    foreign_event_id: event.id === event.identity ? null : event.id,
    event_name: event.name,
    event_data: JSON.stringify(event.data),
    correlation_id: event.correlationId,
    traceparent: event.traceparent,
    due_at: (claim?.until ?? createdAt).getTime(),
    claimed_by: claim?.token ?? null,
    created_at: createdAt.getTime(),
  };
}

/** The columns that make a notification. */
export const notificationColumns = [
  'id',
  'channel',
  'order_id',
  'customer_id',
  'event_id',
  'foreign_event_id',
  'event_name',
  'event_data',
  'correlation_id',
  'traceparent',
  'attempts',
  'created_at',
] as const satisfies readonly (keyof Row)[];

export function toNotification(row: Pick<Row, (typeof notificationColumns)[number]>): Notification {
  return {
    id: row.id,
    channel: row.channel,
    orderId: row.order_id,
    customerId: row.customer_id,
    // checked when it was consumed, and every version of an event parses for ever
    event: {
      id: row.foreign_event_id ?? row.event_id,
      identity: row.event_id,
      name: row.event_name,
      data: JSON.parse(row.event_data) as unknown,
      correlationId: row.correlation_id,
      traceparent: row.traceparent,
    } as OrderEvent,
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
  };
}

/** The columns of which an operator is told. */
export const recordColumns = [
  'id',
  'order_id',
  'event_id',
  'foreign_event_id',
  'event_name',
  'channel',
  'state',
  'attempts',
  'created_at',
  'sent_at',
  'reason',
] as const satisfies readonly (keyof Row)[];

export function toRecord(row: Pick<Row, (typeof recordColumns)[number]>): NotificationRecord {
  return {
    id: row.id,
    orderId: row.order_id,
    eventId: row.foreign_event_id ?? row.event_id,
    eventName: row.event_name,
    channel: row.channel,
    state: row.state,
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
    sentAt: row.sent_at === null ? null : new Date(row.sent_at),
    reason: row.reason,
  };
}

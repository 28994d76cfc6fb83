import type { CloudEvent } from '@fanfare/contracts';
import type { Notification } from '../../src/notifications/notification';
import { toOrderEvent } from '../../src/notifications/order-event';
import { newId } from './order-events';

/** A notification of an event, as it is recorded. */
export function notificationOf(cloudEvent: CloudEvent, parts: Partial<Notification> = {}): Notification {
  const event = toOrderEvent(cloudEvent);
  if (!event) throw new Error(`nobody is notified of ${cloudEvent.type}`);
  return {
    id: newId(),
    channel: 'log',
    orderId: event.data.order_id,
    customerId: 'customer-1',
    event,
    attempts: 0,
    createdAt: new Date('2026-03-02T09:15:00.000Z'),
    ...parts,
  };
}

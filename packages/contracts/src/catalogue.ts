import type { EventDefinition } from './define-event';
import { notificationFailed, notificationSent } from './notification-events';
import { orderCancelled, orderCompleted, orderConfirmed, orderCreated, orderDelivered, orderShipped } from './order-events';

/** Every event that services say to each other. */
export const catalogue: readonly EventDefinition[] = [
  orderCreated,
  orderConfirmed,
  orderCancelled,
  orderShipped,
  orderDelivered,
  orderCompleted,
  notificationSent,
  notificationFailed,
];

const byType = new Map(catalogue.map((definition) => [definition.type, definition]));

/** The definition of a full type, or undefined when the catalogue does not know it. */
export function findEventDefinition(type: string): EventDefinition | undefined {
  return byType.get(type);
}

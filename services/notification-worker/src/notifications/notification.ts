import type { OrderEvent } from './order-event';

/** `pending` until it was sent or given up. */
export const notificationStates = ['pending', 'sent', 'failed'] as const;
export type NotificationState = (typeof notificationStates)[number];

/** The word that one customer is to get of one event of an order through one channel. */
export interface Notification {
  /** UUIDv7. The same on every try, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly channel: string;
  readonly orderId: string;
  /** Null when the order itself was never seen here, only what became of it. */
  readonly customerId: string | null;
  readonly event: OrderEvent;
  /** Tries that failed. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** Holds notifications for one sender. */
export interface Claim {
  /** Until then nobody else gets them. */
  readonly until: Date;
  /** Known to its holder alone. */
  readonly token: string;
}

/** A notification as it is shown to operators. */
export interface NotificationRecord {
  readonly id: string;
  readonly orderId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly channel: string;
  readonly state: NotificationState;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  /** Why the last try failed. */
  readonly reason: string | null;
}

import type { TraceContext } from '@fanfare/contracts';
import type { Failure } from '../../failure';
import type { Priority } from '../../messages/message';
import { nextTryAt, type TryFailure } from '../../retry-policy';

/** See the contract, §5, "States". */
export const notificationStatuses = ['pending', 'delivered', 'failed', 'expired'] as const;
export type NotificationStatus = (typeof notificationStatuses)[number];

/** Something that a person is told. */
export interface Notification {
  readonly id: string;
  /** Places it among the others, the oldest first. */
  readonly orderKey: string;
  readonly type: string;
  readonly content: unknown;
  /** A person, not a colleague. */
  readonly recipientId: string;
  readonly priority: Priority;
  /** The colleague that carries it; null when nobody does, and it waits in the list until it is read. */
  readonly handlerId: string | null;
  readonly trace: TraceContext;
  readonly status: NotificationStatus;
  /** Tries that have failed. */
  readonly failures: number;
  /** When it is tried again. */
  readonly retryAt: Date | null;
  readonly error: Failure | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly readAt: Date | null;
  readonly endedAt: Date | null;
}

/** The id of what one of several recipients gets. */
export function notificationId(callId: string, recipientId: string): string {
  return `${callId}:${recipientId}`;
}

const isPending = ({ status }: Notification) => status === 'pending';

/** Its channel has it; what has ended otherwise stays as it is. */
export function markDelivered(notification: Notification, at: Date): Notification {
  if (!isPending(notification)) return notification;
  return { ...notification, status: 'delivered', retryAt: null, error: null, endedAt: at };
}

/** A try has failed: another one follows later, or the notification has failed. */
export function failTry(notification: Notification, failure: TryFailure): Notification {
  if (!isPending(notification)) return notification;
  const failures = notification.failures + 1;
  const retryAt = nextTryAt(failure, failures);
  const failed = { ...notification, failures, retryAt, error: failure.error };
  return retryAt ? failed : { ...failed, status: 'failed', endedAt: failure.at };
}

/** Its time is over, if it is: nobody carries it any more. It can still be read. */
export function expire(notification: Notification, at: Date): Notification {
  const { expiresAt } = notification;
  if (!isPending(notification) || expiresAt === null || expiresAt > at) return notification;
  return { ...notification, status: 'expired', retryAt: null, endedAt: expiresAt };
}

/** Its recipient has read it, for the first time. With that it has ended, where no channel has it on its way. */
export function markRead(notification: Notification, at: Date): Notification {
  if (notification.readAt) return notification;
  const hasEnded = notification.handlerId === null && isPending(notification);
  return { ...notification, readAt: at, ...(hasEnded && { endedAt: at }) };
}

/** When something happens to it by itself; null when nothing does. */
export function nextDue({ status, retryAt, expiresAt }: Notification): Date | null {
  if (status !== 'pending') return null;
  const times = [retryAt, expiresAt].flatMap((time) => (time ? [time.getTime()] : []));
  return times.length === 0 ? null : new Date(Math.min(...times));
}

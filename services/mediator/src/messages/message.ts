import type { TraceContext } from '@fanfare/contracts';
import type { Failure } from '../failure';
import type { MediatorKind } from '../mediators/mediator';
import type { RetryPolicy } from '../retry-policy';

export const priorities = ['low', 'normal', 'high', 'urgent'] as const;
export type Priority = (typeof priorities)[number];

/** Where a message stands: see the contract §3, "States". */
export const messageStatuses = ['scheduled', 'pending', 'completed', 'failed', 'cancelled'] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** Where it stands with one recipient. */
export const receiptStatuses = ['pending', 'delivered', 'acked', 'expired', 'dead', 'cancelled'] as const;
export type ReceiptStatus = (typeof receiptStatuses)[number];

/** What is handed to recipients: of commands and queries an answer is expected. */
export type MessageKind = Extract<MediatorKind, 'message' | 'event' | 'command' | 'query' | 'notification'>;

/** Something to be put into mailboxes. */
export interface NewMessage {
  /** Unique among the messages of the mediator; may be longer than names, where it was derived from other ids. */
  readonly id: string;
  readonly kind: MessageKind;
  readonly type: string;
  /** Any JSON: `content` of a message, `data` of all others. */
  readonly body: unknown;
  /** Null when the mediator itself gives out work. */
  readonly senderId: string | null;
  readonly recipientIds: readonly string[];
  readonly isBroadcast: boolean;
  readonly priority: Priority;
  readonly source: string | null;
  readonly correlationId: string | null;
  readonly deliverAt: Date | null;
  readonly expiresAt: Date | null;
  /** Until when an answer counts; null where none is expected, or where whoever gave out the work keeps the time. */
  readonly deadline: Date | null;
  /** Time limit of one try by web hook. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly trace: TraceContext;
}

/** A try by web hook takes no longer, however much time there is for the answer (contract §4). */
export const longestTryMs = 30_000;

/** How a command or query ended for one recipient. */
export type Answer = { readonly result: unknown } | { readonly error: Failure };

/** Of one recipient, as answers show it. */
export interface ShownReceipt {
  readonly recipient_id: string;
  readonly status: ReceiptStatus;
  readonly attempts: number;
  readonly delivered_at: string | null;
  readonly acked_at: string | null;
  readonly error: Failure | null;
}

import type { Notification } from '../notifications/notification';

export const channelNames = ['log', 'smtp', 'webhook', 'sms'] as const;
export type ChannelName = (typeof channelNames)[number];

/**
 * What became of one try:
 *
 * - `sent`: the receiver has taken responsibility for it.
 * - `rejected`: the receiver will never take it; no further try.
 * - `failed`: this one did not get through; to be tried again, a limited number of times.
 * - `unavailable`: the receiver is away, which is not this notification's fault.
 * - `untried`: it was not its turn any more, because the receiver is away or the service stops.
 */
export type Outcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'untried' }
  | { readonly kind: 'rejected' | 'failed' | 'unavailable'; readonly reason: string };

/**
 * A way to reach customers.
 *
 * On the wire a notification may come more than once (when the process dies after the receiver took it and before that
 * was noted), always under the same id, which every channel passes on for receivers to tell repetitions.
 */
export interface Channel {
  readonly name: ChannelName;
  /** At most this many are handed over at once: as many as a slow receiver takes within a claim, which is 30 s. */
  readonly batchSize: number;
  /** Sends each once, and answers in the same order; never rejects. When `signal` aborts it begins no further one. */
  send(notifications: readonly Notification[], signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Lets go of connections. Idempotent. */
  close(): Promise<void>;
}

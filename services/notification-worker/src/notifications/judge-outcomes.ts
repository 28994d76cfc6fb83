import { computeBackoffDelayMs } from '@fanfare/core';
import type { RetryPolicy } from '@fanfare/messaging';
import type { Outcome } from '../channels/channel';
import type { Notification, NotificationState } from './notification';

/** What becomes of a notification after a try. */
export interface Settlement {
  readonly notification: Notification;
  readonly state: NotificationState;
  /** Tries so far, but for those that found the receiver away. */
  readonly attempts: number;
  /** When a pending one may be tried next. */
  readonly dueAt: Date | null;
  readonly reason: string | null;
}

export interface Judgement {
  readonly now: Date;
  readonly retry: RetryPolicy;
  /** How long the channel rests when the receiver is away. */
  readonly pauseMs: number;
  readonly random?: () => number;
}

/** Receivers may say more than anybody wants to keep. */
const maxReasonLength = 1_000;

/**
 * Whether the receiver is away: it was not reached even once. When it took others of the same batch it is there, and
 * what it did not take is that notification's own fault: one that chokes the receiver cannot stop the channel.
 */
export function isReceiverAway(outcomes: readonly Outcome[]): boolean {
  const tried = outcomes.filter(({ kind }) => kind !== 'untried');
  return tried.length > 0 && tried.every(({ kind }) => kind === 'unavailable');
}

/** What becomes of a batch. Only failures of a notification itself spend one of its attempts. */
export function judgeOutcomes(
  notifications: readonly Notification[],
  outcomes: readonly Outcome[],
  judgement: Judgement,
): readonly Settlement[] {
  const { now, retry, pauseMs, random } = judgement;
  const isAway = isReceiverAway(outcomes);
  const afterPause = new Date(now.getTime() + (isAway ? pauseMs : 0));
  // one delay for all of a batch that failed equally often: they are noted in one statement
  const delays = new Map<number, Date>();
  const dueAfter = (failures: number): Date => {
    const due = delays.get(failures) ?? addDelay(now, computeBackoffDelayMs(failures, retry.backoff, random));
    delays.set(failures, due);
    return due;
  };

  return notifications.map((notification, index): Settlement => {
    const outcome = outcomes[index] ?? { kind: 'untried' };
    const pending = { notification, state: 'pending', attempts: notification.attempts } as const;
    const attempts = notification.attempts + 1;
    if (outcome.kind === 'untried') return { ...pending, dueAt: afterPause, reason: null };
    if (outcome.kind === 'sent') return { notification, state: 'sent', attempts, dueAt: null, reason: null };
    const reason = outcome.reason.slice(0, maxReasonLength);
    if (outcome.kind === 'unavailable' && isAway) return { ...pending, dueAt: afterPause, reason };
    if (outcome.kind === 'rejected' || attempts >= retry.maxAttempts) {
      return { notification, state: 'failed', attempts, dueAt: null, reason };
    }
    return { notification, state: 'pending', attempts, dueAt: dueAfter(attempts), reason };
  });
}

function addDelay(time: Date, delayMs: number): Date {
  return new Date(time.getTime() + delayMs);
}

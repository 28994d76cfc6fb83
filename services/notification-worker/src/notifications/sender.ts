import {
  createWakeUp,
  isPassing,
  keepTrying,
  type BackoffPolicy,
  type Clock,
  type Tracer,
} from '@fanfare/core';
import type { MessagingObserver, RetryPolicy, TopicLog } from '@fanfare/messaging';
import type { Channel } from '../channels/channel';
import { judgeOutcomes, type Settlement } from './judge-outcomes';
import { createHandedNotifications } from './handed-notifications';
import type { Claim, Notification } from './notification';
import type { NotificationStore } from './notification-store';
import { toOutcomeEvent } from './outcome-event';
import { createReceiverWatch } from './receiver-watch';
import { traceTries } from './trace-tries';

/** The loop that sends the notifications of one channel. A worker, and a dependency as health sees it. */
export interface Sender {
  readonly name: string;
  readonly channel: string;
  run(signal: AbortSignal): Promise<void>;
  /** Sends once what is due, one batch; returns how many were claimed. `run` does it by itself. */
  sendOnce(signal: AbortSignal): Promise<number>;
  /** A claim for notifications that are about to be recorded and then handed over; undefined when it has enough to do, or has ended. */
  claim(): Claim | undefined;
  /** Takes notifications that were recorded under its claim, or lets others have them when `run` has ended meanwhile. */
  hand(notifications: readonly Notification[], claim: Claim): void;
  /** Tells it that there may be something to send in the database. */
  wake(): void;
  /** Throws `unavailable` while the receiver was found away at the last try. */
  ping(): Promise<void>;
}

export interface SenderOptions {
  readonly channel: Channel;
  readonly store: Pick<NotificationStore, 'claimDue' | 'settle' | 'release' | 'nextDueAt'>;
  readonly topicLog: Pick<TopicLog, 'append'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Failed tries after which a notification is given up. */
  readonly maxAttempts: number;
  readonly observer: SenderObserver;
  readonly tracer?: Tracer | undefined;
  /** How long a claim lasts: longer than any batch takes. */
  readonly claimMs?: number;
  /** How often to look for what another instance recorded, or left behind when it died. */
  readonly pollMs?: number;
}

/** Told of what the senders do. Must not throw. */
export interface SenderObserver extends Pick<MessagingObserver, 'waiting'> {
  settled(channel: string, settlements: readonly Settlement[]): void;
}

/**
 * Two batches of one channel begin at least so far apart, unless the first was full: what comes meanwhile shares the
 * transactions of the second. A notification that comes after a quiet moment leaves at once.
 */
const gatherMs = 80;

/** A receiver needs longer to recover than a row of ours: ten tries take some minutes. */
const retryBackoff: BackoffPolicy = { firstMs: 1_000, maxMs: 300_000 };

/**
 * Claims what is due, sends it, and in one transaction notes the outcome and appends `notification.sent` or
 * `notification.failed` to the topic log: one record and one published event for each order event and channel.
 *
 * On the wire delivery is at least once: who dies after the receiver took a notification and before that is noted has it
 * sent again by the next one, under the same id. Each channel has its own sender, so one whose receiver is away holds up
 * no other; it rests then, with growing delays, and spends nobody's attempts. The order of notifications is not promised.
 */
export function createSender(options: SenderOptions): Sender {
  const { channel, store, topicLog, clock, newId, observer, tracer } = options;
  const { claimMs = 30_000, pollMs = 1_000 } = options;
  const retry: RetryPolicy = { maxAttempts: options.maxAttempts, backoff: retryBackoff };
  const name = `sender:${channel.name}`;
  const wakeUp = createWakeUp(clock);
  const receiver = createReceiverWatch(channel.name);
  const handToken = newId();
  const handed = createHandedNotifications({ clock, token: handToken, claimMs });
  let mayBeDue = true;
  let wasDatabasesTurn = false;
  let lookedAtMs = -Infinity;
  let hasEnded = false;

  async function sendOnce(signal: AbortSignal): Promise<number> {
    const { token, claimed: taken } = await takeBatch();
    const tries = tracer && traceTries(tracer, channel.name, taken);
    const claimed = tries?.notifications ?? taken;
    const outcomes = claimed.length === 0 ? [] : await channel.send(claimed, signal);
    tries?.end(outcomes);
    receiver.note(outcomes);
    if (claimed.length === 0) return 0;
    const now = clock.now();
    const settlements = judgeOutcomes(claimed, outcomes, { now, retry, pauseMs: receiver.pauseMs() });
    await settleSurely(token, settlements, now, signal);
    return claimed.length;
  }

  /** What was handed over and what is due in the database, left there by others or for want of room here, take turns. */
  async function takeBatch(): Promise<Batch> {
    const mayBeDueNow = mayBeDue || clock.elapsedMs() - lookedAtMs >= pollMs;
    if (handed.isEmpty || (mayBeDueNow && !wasDatabasesTurn)) {
      wasDatabasesTurn = true;
      const token = newId();
      const claimed = await claimDue(token);
      if (claimed.length > 0) return { token, claimed };
    }
    wasDatabasesTurn = false;
    return { token: handToken, claimed: handed.take(channel.batchSize) };
  }

  async function claimDue(token: string): Promise<readonly Notification[]> {
    mayBeDue = false;
    lookedAtMs = clock.elapsedMs();
    const now = clock.now();
    const until = new Date(now.getTime() + claimMs);
    const claimed = await store.claimDue({
      channel: channel.name,
      limit: channel.batchSize,
      now,
      until,
      token,
    });
    mayBeDue ||= claimed.length === channel.batchSize;
    return claimed;
  }

  async function settle(token: string, settlements: readonly Settlement[], now: Date): Promise<void> {
    const settled = await store.settle({ token, settlements, now }, (tx, held) => {
      topicLog.append(
        tx,
        held.flatMap((settlement) => toOutcomeEvent(settlement, now, newId) ?? []),
      );
    });
    observer.settled(channel.name, settled);
  }

  /** What was sent is noted even if the database is away for a while, else it would be sent again. The token makes repeating safe. */
  async function settleSurely(
    token: string,
    settlements: readonly Settlement[],
    now: Date,
    signal: AbortSignal,
  ): Promise<void> {
    const attempt = () => settle(token, settlements, now);
    try {
      await attempt();
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      await keepTrying(attempt, { clock, signal, isRetryable: isPassing, onFailure: reportWaiting });
    }
  }

  /** What it has not sent is free for others at once, or else when the claim ends. */
  async function handBack(): Promise<void> {
    const unsent = handed.take(Infinity);
    try {
      await store.release(handToken, unsent);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  async function rest(signal: AbortSignal): Promise<void> {
    if (receiver.pauseMs() > 0) return clock.sleep(receiver.pauseMs(), signal);
    if (wakeUp.isWoken) return wakeUp.wait(0, signal);
    const dueAt = await store.nextDueAt(channel.name);
    const untilDueMs = dueAt ? dueAt.getTime() - clock.now().getTime() : pollMs;
    return wakeUp.wait(Math.min(pollMs, Math.max(1, untilDueMs)), signal);
  }

  async function sendWhileRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = clock.elapsedMs();
      const claimed = await sendOnce(signal);
      if (claimed === channel.batchSize && receiver.pauseMs() === 0) continue;
      if (claimed > 0) await clock.sleep(Math.max(0, startedMs + gatherMs - clock.elapsedMs()), signal);
      await rest(signal);
    }
  }

  function reportWaiting(error: unknown, delayMs: number): void {
    observer.waiting(name, error, delayMs);
  }

  return {
    name,
    channel: channel.name,
    sendOnce,
    wake() {
      mayBeDue = true;
      wakeUp.wake();
    },
    async run(signal) {
      const work = () => sendWhileRunning(signal);
      hasEnded = false;
      await keepTrying(work, { clock, signal, isRetryable: isPassing, onFailure: reportWaiting });
      hasEnded = true;
      await handBack();
    },
    claim: () => (hasEnded || receiver.pauseMs() > 0 ? undefined : handed.claim()),
    hand(notifications, claim) {
      handed.add(notifications, claim);
      // the last batch of a consumer that was told to stop as well: nobody waits here for its outcome any more
      if (hasEnded) handBack().catch(() => undefined);
      else wakeUp.wake();
    },
    ping: () => receiver.ping(),
  };
}

interface Batch {
  readonly token: string;
  readonly claimed: readonly Notification[];
}

import { PermanentError, hasCode, keepTrying, type Clock, type WakeUp } from '@fanfare/core';
import { isSealed } from '@fanfare/storage';
import { decodeDelivery, type IncomingEvent } from '../events/event-codec';
import type { MessagingObserver } from '../messaging-observer';
import type { ParkedEvent } from '../parked/parked-events';
import type { ParkedStore } from '../parked/parked-store';
import { judgeFailure, type RetryPolicy } from '../parked/retry-policy';
import type { Destination } from './destination';
import { traceAttempts } from './trace-attempts';

export interface RetryParkedOptions {
  readonly clock: Clock;
  readonly group: string;
  readonly topic: string;
  readonly destination: Pick<Destination, 'applyParked'>;
  readonly retry: RetryPolicy;
  readonly parked: ParkedStore;
  readonly observer: MessagingObserver;
  readonly wakeUp: WakeUp;
}

const rowsPerRound = 50;
/** How long to rest at most: another instance may have parked something. */
const maxRestMs = 5_000;

/** The loop that tries parked events again, each key's first one when its time has come. */
export function createParkedRetries(options: RetryParkedOptions) {
  const { clock, group, topic, destination, retry, parked, observer, wakeUp } = options;
  const attempts = traceAttempts(options);

  function readEvent(row: ParkedEvent): IncomingEvent {
    // not for good: the key may come back
    if (isSealed(row.body)) throw new Error('it is sealed, and no key in ENCRYPTION_KEYS opens it');
    const [item] = attempts.begin(decodeDelivery({ ...row, count: 1 }));
    if (item?.kind !== 'event') throw new PermanentError(item?.reason ?? 'no event');
    return item;
  }

  async function retryOne(row: ParkedEvent): Promise<void> {
    let item: IncomingEvent | undefined;
    try {
      item = readEvent(row);
      const isApplied = await destination.applyParked(row, item);
      if (!isApplied) return;
      item.attempt?.end();
      observer.applied(group, 'applied', [item.event], clock.now().getTime());
    } catch (error) {
      if (hasCode(error, 'unavailable')) throw error;
      await noteFailure(row, item, error);
    }
  }

  async function noteFailure(
    row: ParkedEvent,
    item: IncomingEvent | undefined,
    error: unknown,
  ): Promise<void> {
    const verdict = judgeFailure(error, row.attempts + 1, clock.now(), retry);
    const isNoted = await parked.noteFailure(row, verdict);
    if (!isNoted) return;
    if (item) attempts.failed(item, verdict, error);
    else attempts.dead(row.body, verdict);
    const { reason, nextAttemptAt } = verdict;
    observer.failed({
      topic,
      group,
      reason,
      attempts: verdict.attempts,
      eventId: row.eventId ?? 'unreadable',
      isDead: !nextAttemptAt,
    });
  }

  /** Tries once what is due; returns how many events it was. */
  async function retryOnce(): Promise<number> {
    const due = await parked.due(rowsPerRound);
    for (const row of due) await retryOne(row);
    return due.length;
  }

  async function rest(signal: AbortSignal): Promise<void> {
    const nextDueAt = await parked.nextDueAt();
    const untilDueMs = nextDueAt ? nextDueAt.getTime() - clock.now().getTime() : maxRestMs;
    await wakeUp.wait(Math.min(maxRestMs, Math.max(1, untilDueMs)), signal);
  }

  async function retryWhileRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if ((await retryOnce()) === 0) await rest(signal);
    }
  }

  return {
    retryOnce,
    async run(signal: AbortSignal): Promise<void> {
      await keepTrying(() => retryWhileRunning(signal), {
        clock,
        signal,
        onFailure: (error, delayMs) => {
          observer.waiting(`retries of ${group} on ${topic}`, error, delayMs);
        },
      });
    },
  };
}

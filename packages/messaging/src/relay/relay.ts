import { AppError, createWakeUp, keepTrying, type Clock, type Timer, type WakeUp } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MessageBus } from '../bus/message-bus';
import { holdLease, type HeldLease } from '../leases/hold-lease';
import { createLease } from '../leases/lease';
import type { MessagingObserver } from '../messaging-observer';
import type { TopicLog } from '../outbox/topic-log';
import { createFreshRows } from './fresh-rows';
import { openRelayCursors } from './relay-cursors';
import { createRelaySession, saveEveryMs, type RelaySession } from './relay-session';

export interface RelayOptions {
  readonly database: Database;
  readonly topicLog: TopicLog;
  readonly bus: Pick<MessageBus, 'publish'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly observer: MessagingObserver;
  /** Under which it keeps its place: the topic's name, unless another relay publishes the topic elsewhere. */
  readonly name?: string;
  /** How often to look for events that another instance committed. */
  readonly pollMs?: number;
}

/** The loop that publishes a topic log to the bus, in order, from its cursor. A worker. */
export interface Relay {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Short: while it runs out after a crash nothing is published, and two holders at once would only repeat themselves. */
const leaseTtlMs = 3_000;

/**
 * Two windows begin at least so far apart, unless the first was full: under load what is committed meanwhile shares a
 * read, messages and a confirm. An event that comes after a quiet moment leaves at once.
 */
const gatherMs = 40;

/** What the bus has not confirmed so long after the relay was told to stop is left to be published again. */
const lastConfirmsMs = 3_000;

/**
 * One instance is active per database, by a lease; a second active one would only cause duplicates, which the cursors
 * of the groups drop. The cursor never passes what the bus has confirmed, so an event is published at least once.
 */
export function createRelay(options: RelayOptions): Relay {
  const { database, topicLog, clock, newId, observer, pollMs = 250 } = options;
  const { topic, partitions } = topicLog;
  const { name = topic } = options;
  const fresh = createFreshRows();
  const lease = createLease({ database, clock, name: `relay:${name}`, owner: newId(), ttlMs: leaseTtlMs });

  async function openSession(fence: number): Promise<RelaySession> {
    const places = Array.from({ length: partitions }, (_, part) => ({ topic: name, part }));
    const beginnings = places.map((place) => ({ ...place, published: 0, fence: 0 }));
    await database.dialect.insertNewRows(database.queries, 'relay_cursors', beginnings);
    const cursors = await openRelayCursors(database, name, fence);
    return createRelaySession({ ...options, name, cursors, fresh });
  }

  async function relayWhileHeld({ fence, signal }: HeldLease, wakeUp: WakeUp): Promise<void> {
    const session = await openSession(fence);
    while (!signal.aborted) {
      const startedMs = clock.elapsedMs();
      const window = await endSoonAfterStop(session.relayOnce(), { clock, signal });
      if (window === 'full') continue;
      if (window === 'some') await clock.sleep(Math.max(0, startedMs + gatherMs - clock.elapsedMs()), signal);
      await wakeUp.wait(session.isUnsaved ? saveEveryMs : pollMs, signal);
    }
    await session.save();
  }

  return {
    name: `relay:${name}`,
    async run(signal) {
      const wakeUp = createWakeUp(clock);
      const stopListening = topicLog.onAppend((rows) => {
        fresh.add(rows);
        wakeUp.wake();
      });
      const onFailure = (error: unknown, delayMs: number) => {
        observer.waiting(`relay of ${name}`, error, delayMs);
      };
      const takeTurn = () => holdLease(lease, { clock, signal }, (held) => relayWhileHeld(held, wakeUp));
      try {
        while (!signal.aborted) await keepTrying(takeTurn, { clock, signal, onFailure });
      } finally {
        stopListening();
      }
    },
  };
}

/** Ends as `work` does; rejects with `unavailable` when it still has not `lastConfirmsMs` after `signal` aborted. */
function endSoonAfterStop<T>(
  work: Promise<T>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const onStop = () => {
      timer = clock.setTimer(lastConfirmsMs, () => {
        reject(
          new AppError('unavailable', `the bus took longer than ${lastConfirmsMs} ms for the last events`),
        );
      });
    };
    if (signal.aborted) onStop();
    signal.addEventListener('abort', onStop);
    void work.then(resolve, reject).finally(() => {
      timer?.cancel();
      signal.removeEventListener('abort', onStop);
    });
  });
}

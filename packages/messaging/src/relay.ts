import { keepTrying, type Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import { eventBatchType, singleEventType } from './event-codec';
import { createLease } from './lease';
import type { Message, MessageBus } from './message-bus';
import type { MessagingObserver } from './messaging-observer';
import type { MessagingTables } from './messaging-tables';
import type { TopicLog } from './topic-log';
import { createWakeUp } from './wake-up';

export interface RelayOptions {
  readonly database: Database;
  readonly topicLog: TopicLog;
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly observer: MessagingObserver;
  /** How often to look for events that another instance committed. */
  readonly pollMs?: number;
}

/** The loop that publishes a topic log to the bus, in order, from its cursor. A worker. */
export interface Relay {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
  /** Publishes what is due as the holder of `fence`, one window per partition; returns how many events it was. */
  relayOnce(fence: number): Promise<number>;
}

const leaseTtlMs = 10_000;
const windowRows = 32;

/**
 * One instance is active per database, by a lease; a second active one would only cause duplicates, which the cursors
 * of the groups drop. The cursor moves when the bus has confirmed, so an event is published at least once.
 */
export function createRelay(options: RelayOptions): Relay {
  const { database, topicLog, clock, newId, observer, pollMs = 250 } = options;
  const { topic } = topicLog;
  const lease = createLease({ database, clock, name: `relay:${topic}`, owner: newId(), ttlMs: leaseTtlMs });
  const relayOnce = createRelayStep(options);

  /** Relays until `signal` aborts or the lease is another's. */
  async function relayWhileHolding(signal: AbortSignal, wakeUp: () => Promise<void>): Promise<void> {
    let renewAtMs = 0;
    let fence: number | null = null;
    while (!signal.aborted) {
      if (clock.elapsedMs() >= renewAtMs) {
        fence = await lease.acquire();
        if (fence !== null) await claimCursors(database, topic, fence);
        renewAtMs = clock.elapsedMs() + leaseTtlMs / 3;
      }
      const published = fence === null ? 0 : await relayOnce(fence);
      if (published === 0) await wakeUp();
    }
  }

  return {
    name: `relay:${topic}`,
    relayOnce,
    async run(signal) {
      const wakeUp = createWakeUp(clock);
      const stopListening = topicLog.onAppend(wakeUp.wake);
      try {
        await keepTrying(() => relayWhileHolding(signal, () => wakeUp.wait(pollMs, signal)), {
          clock,
          signal,
          onFailure: (error, delayMs) => {
            observer.waiting(`relay of ${topic}`, error, delayMs);
          },
        });
      } finally {
        stopListening();
      }
      await lease.release();
    },
  };
}

/** Marks the cursors with the holder's token: from now on an earlier holder cannot move them. */
async function claimCursors(database: Database, topic: string, fence: number): Promise<void> {
  await database.queries
    .withTables<MessagingTables>()
    .updateTable('relay_cursors')
    .set({ fence })
    .where('topic', '=', topic)
    .where('fence', '<', fence)
    .execute();
}

function createRelayStep({ database, topicLog, bus, observer }: RelayOptions): Relay['relayOnce'] {
  const { topic, partitions } = topicLog;
  const queries = database.queries.withTables<MessagingTables>();

  async function relayPartition(part: number, published: number, fence: number): Promise<number> {
    const rows = await queries
      .selectFrom('topic_log')
      .select(['first_sequence', 'event_count', 'first_id', 'events'])
      .where('topic', '=', topic)
      .where('part', '=', part)
      .where('first_sequence', '>', published)
      .orderBy('first_sequence')
      .limit(windowRows)
      .execute();
    const last = rows.at(-1);
    if (!last) return 0;
    await bus.publish(
      { topic, partitions },
      rows.map((row) => toMessage(part, row)),
    );
    const reached = last.first_sequence + last.event_count - 1;
    await queries
      .updateTable('relay_cursors')
      .set({ published: reached })
      .where('topic', '=', topic)
      .where('part', '=', part)
      .where('fence', '=', fence)
      .where('published', '<', reached)
      .execute();
    observer.published(topic, reached - published);
    return reached - published;
  }

  return async function relayOnce(fence) {
    const positions = await queries
      .selectFrom('relay_cursors')
      .select(['part', 'published'])
      .where('topic', '=', topic)
      .execute();
    const counts = await Promise.all(
      positions.map(({ part, published }) => relayPartition(part, published, fence)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };
}

type LogRow = Pick<MessagingTables['topic_log'], 'first_sequence' | 'event_count' | 'first_id' | 'events'>;

/** The row's text is the message: an event is encoded once, when it is accepted. */
function toMessage(partition: number, row: LogRow): Message {
  const isSingle = row.event_count === 1;
  return {
    partition,
    id: row.first_id,
    contentType: isSingle ? singleEventType : eventBatchType,
    body: Buffer.from(isSingle ? row.events.slice(1, -1) : row.events),
    sequence: row.first_sequence,
    count: row.event_count,
  };
}

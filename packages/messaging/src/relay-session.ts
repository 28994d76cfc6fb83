import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import { eventBatchType, singleEventType } from './event-codec';
import type { Message, MessageBus } from './message-bus';
import type { MessagingObserver } from './messaging-observer';
import type { MessagingTables } from './messaging-tables';
import type { RelayCursors } from './relay-cursors';
import type { TopicLog } from './topic-log';

export interface RelaySessionOptions {
  readonly database: Database;
  readonly topicLog: TopicLog;
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly observer: MessagingObserver;
  readonly cursors: RelayCursors;
}

/** What the holder of a relay's lease does. */
export interface RelaySession {
  /** Publishes what is due, one window per partition; returns whether there may be more. */
  relayOnce(): Promise<boolean>;
  /** Whether the cursors in the database are behind. */
  readonly isUnsaved: boolean;
  /** Writes the cursors down. */
  save(): Promise<void>;
}

const windowRows = 32;
/**
 * The cursor in the database may stay behind for so long: each write costs the database a commit, and what is published again after a crash is dropped by the cursors of the groups.
 */
export const saveEveryMs = 100;

export function createRelaySession(options: RelaySessionOptions): RelaySession {
  const { database, topicLog, bus, clock, observer, cursors } = options;
  const { topic, partitions } = topicLog;
  const queries = database.queries.withTables<MessagingTables>();
  const unsaved = new Set<number>();
  let savedAtMs = clock.elapsedMs();

  async function readWindow(part: number, published: number): Promise<readonly LogRow[]> {
    return queries
      .selectFrom('topic_log')
      .select(['first_sequence', 'event_count', 'first_id', 'events'])
      .where('topic', '=', topic)
      .where('part', '=', part)
      .where('first_sequence', '>', published)
      .orderBy('first_sequence')
      .limit(windowRows)
      .execute();
  }

  async function relayPartition(part: number, published: number): Promise<boolean> {
    const rows = await readWindow(part, published);
    const last = rows.at(-1);
    if (!last) return false;
    const messages = rows.map((row) => toMessage(part, row));
    await bus.publish({ topic, partitions }, messages);
    const reached = last.first_sequence + last.event_count - 1;
    cursors.published.set(part, reached);
    unsaved.add(part);
    observer.published(topic, reached - published);
    return rows.length === windowRows;
  }

  async function save(): Promise<void> {
    for (const part of unsaved) {
      await cursors.save(part);
      unsaved.delete(part);
    }
    savedAtMs = clock.elapsedMs();
  }

  return {
    save,
    get isUnsaved() {
      return unsaved.size > 0;
    },
    async relayOnce() {
      const areFull = await Promise.all(
        [...cursors.published].map(([part, published]) => relayPartition(part, published)),
      );
      if (clock.elapsedMs() - savedAtMs >= saveEveryMs) await save();
      return areFull.includes(true);
    },
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

import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { Message, MessageBus } from '../bus/message-bus';
import { maxEventsPerRow, maxRowLength } from '../events/batch-limits';
import { eventBatchType, singleEventType } from '../events/event-codec';
import { startEventSpans, type TracedEvent } from '../events/event-spans';
import type { MessagingObserver } from '../messaging-observer';
import type { MessagingTables } from '../messaging-tables';
import type { TopicLog } from '../outbox/topic-log';
import type { LogRow } from '../outbox/topic-log-rows';
import type { FreshRows } from './fresh-rows';
import type { RelayCursors } from './relay-cursors';

export interface RelaySessionOptions {
  readonly database: Database;
  readonly topicLog: TopicLog;
  readonly bus: Pick<MessageBus, 'publish'>;
  readonly clock: Clock;
  readonly observer: MessagingObserver;
  /** The relay's. */
  readonly name: string;
  readonly cursors: RelayCursors;
  readonly fresh: Pick<FreshRows, 'take'>;
}

export type Window = 'empty' | 'some' | 'full';

/** What the holder of a relay's lease does. */
export interface RelaySession {
  /** Publishes what is due, one window per partition; after a `full` one there may be more. */
  relayOnce(): Promise<Window>;
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
  const { database, topicLog, bus, clock, observer, name, cursors, fresh } = options;
  const { topic, partitions } = topicLog;
  const queries = database.queries.withTables<MessagingTables>();
  const unsaved = new Set<number>();
  let savedAtMs = clock.elapsedMs();

  async function nextWindow(part: number, published: number): Promise<readonly LogRow[]> {
    const known = fresh.take(part, published, windowRows);
    return known.length > 0 ? known : readWindow(part, published);
  }

  async function readWindow(part: number, published: number): Promise<readonly LogRow[]> {
    return queries
      .selectFrom('topic_log')
      .select(['part', 'first_sequence', 'event_count', 'first_id', 'events'])
      .where('topic', '=', topic)
      .where('part', '=', part)
      .where('first_sequence', '>', published)
      .orderBy('first_sequence')
      .limit(windowRows)
      .execute();
  }

  async function relayPartition(part: number, published: number): Promise<Window> {
    const rows = await nextWindow(part, published);
    const last = rows.at(-1);
    if (!last) return 'empty';
    await publish(part, rows);
    const reached = last.first_sequence + last.event_count - 1;
    cursors.published.set(part, reached);
    unsaved.add(part);
    observer.published(name, reached - published);
    return rows.length === windowRows ? 'full' : 'some';
  }

  async function publish(part: number, rows: readonly LogRow[]): Promise<void> {
    const { tracer } = observer;
    const sent = tracer && rows.flatMap(({ events }) => JSON.parse(events) as TracedEvent[]);
    const options = { operation: 'publish', topic: name, kind: 'producer' } as const;
    const spans = sent && startEventSpans(tracer, options, sent);
    await bus.publish({ topic, partitions }, toMessages(part, rows));
    // what the bus did not take is published again, and has its spans then
    if (spans) for (const span of spans) span.end();
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
      const windows = await Promise.all(
        [...cursors.published].map(([part, published]) => relayPartition(part, published)),
      );
      if (clock.elapsedMs() - savedAtMs >= saveEveryMs) await save();
      return (
        windows.find((window) => window === 'full') ?? windows.find((window) => window === 'some') ?? 'empty'
      );
    },
  };
}

/**
 * Rows that follow each other share a message as far as its bounds allow: to a broker each message is work. Those between
 * which one was taken out do not, because a message says the sequence of its first event only.
 */
function toMessages(partition: number, rows: readonly LogRow[]): Message[] {
  const groups: LogRow[][] = [];
  let count = 0;
  let length = 0;
  let next = 0;
  for (const row of rows) {
    const group = groups.at(-1);
    const follows = row.first_sequence === next;
    next = row.first_sequence + row.event_count;
    count += row.event_count;
    length += row.events.length;
    if (group && follows && count <= maxEventsPerRow && length <= maxRowLength) {
      group.push(row);
    } else {
      groups.push([row]);
      count = row.event_count;
      length = row.events.length;
    }
  }
  return groups.map((group) => toMessage(partition, group));
}

/** The rows' text is the message: an event is encoded once, when it is accepted. */
function toMessage(partition: number, rows: readonly LogRow[]): Message {
  const count = rows.reduce((sum, row) => sum + row.event_count, 0);
  const events = rows.map((row) => row.events.slice(1, -1)).join(',');
  return {
    partition,
    id: rows[0]?.first_id ?? '',
    contentType: count === 1 ? singleEventType : eventBatchType,
    body: Buffer.from(count === 1 ? events : `[${events}]`),
    sequence: rows[0]?.first_sequence,
    count,
  };
}

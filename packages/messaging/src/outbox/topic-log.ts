import type { CloudEvent } from '@fanfare/contracts';
import { AppError, type Clock } from '@fanfare/core';
import type { Database, DeferredWrite, Transaction } from '@fanfare/storage';
import { maxEventsPerRow } from '../events/batch-limits';
import type { Feed, FeedPage } from '../feed/feed';
import type { MessagingTables } from '../messaging-tables';
import { byPartition, takePage, toRows, type LogRow } from './topic-log-rows';

/** Where a partition of a topic log stands. */
export interface TopicPosition {
  readonly partition: number;
  /** Sequence of the last event that was committed. */
  readonly accepted: number;
  /** Sequence of the last event that the bus has confirmed. */
  readonly published: number;
}

/**
 * The outbox of one topic: its events in commit order, in the database of the service that owns the topic
 * (the transactional outbox of C. Richardson's "Microservices Patterns", §3.3, kept as a log instead of a queue).
 *
 * Sequences are gap-free and in commit order per partition, because the counter row stays locked from the moment the
 * numbers are taken until the commit: whoever reads on from the last sequence it saw can never skip a late commit.
 */
export interface TopicLog extends Feed {
  readonly topic: string;
  readonly partitions: number;
  /** Makes the counters. Throws `conflict` when the topic was made with another number of partitions. Repeatable. */
  prepare(): Promise<void>;
  /** Adds events to the transaction of the change that they tell of; durable with it or not at all. */
  append(tx: Transaction, events: readonly CloudEvent[]): void;
  /** Calls `listener` with what was appended, after each commit of this process; returns how to stop that. */
  onAppend(listener: AppendListener): () => void;
  positions(): Promise<readonly TopicPosition[]>;
  /** How many events wait for the relay, and for how long the oldest has waited (0 when none does). */
  backlog(): Promise<{ readonly pending: number; readonly oldestSeconds: number }>;
}

export type AppendListener = (rows: readonly LogRow[]) => void;

export interface TopicLogOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly topic: string;
  /** Fixed for the life of the topic. One is the fastest for one instance of each group. */
  readonly partitions?: number;
}

const maxRowsPerPage = 64;

export function createTopicLog({ database, clock, topic, partitions = 1 }: TopicLogOptions): TopicLog {
  const queries = database.queries.withTables<MessagingTables>();
  const listeners = new Set<AppendListener>();

  const appendAll: DeferredWrite<readonly CloudEvent[]> = {
    stage: 'counters',
    async write(tx, appended) {
      const createdAt = clock.now().getTime();
      const rows: (LogRow & { topic: string; created_at: number })[] = [];
      for (const [part, events] of byPartition(appended.flat(), partitions)) {
        const where = { topic, part };
        const head = await tx.dialect.takeNumbers(tx.queries, 'topic_counters', 'head', where, events.length);
        for (const row of toRows(events, head + 1)) rows.push({ topic, part, ...row, created_at: createdAt });
      }
      await tx.dialect.insertRows(tx.queries, 'topic_log', rows, { isUnanswered: true });
      tx.afterCommit(() => {
        for (const listener of listeners) listener(rows);
      });
    },
  };

  async function positions(): Promise<TopicPosition[]> {
    return queries
      .selectFrom('topic_counters as counter')
      .innerJoin('relay_cursors as relay', (join) =>
        join.onRef('relay.topic', '=', 'counter.topic').onRef('relay.part', '=', 'counter.part'),
      )
      .select(['counter.part as partition', 'counter.head as accepted', 'relay.published'])
      .where('counter.topic', '=', topic)
      .orderBy('counter.part')
      .execute();
  }

  async function acceptedAt(partition: number, sequence: number): Promise<number> {
    const row = await queries
      .selectFrom('topic_log')
      .select('created_at')
      .where('topic', '=', topic)
      .where('part', '=', partition)
      .where('first_sequence', '>', sequence - maxEventsPerRow)
      .where('first_sequence', '<=', sequence)
      .orderBy('first_sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.created_at ?? Infinity;
  }

  return {
    topic,
    partitions,
    append(tx, events) {
      if (events.length > 0) tx.writeLater(appendAll, events);
    },
    onAppend(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async prepare() {
      const made = await queries
        .selectFrom('topic_counters')
        .select('part')
        .where('topic', '=', topic)
        .execute();
      if (made.length > 0 && made.length !== partitions) {
        throw new AppError(
          'conflict',
          `topic ${topic} has ${made.length} partitions and cannot be opened with ${partitions}, since keys would change their ` +
            `partition: set ${topic.toUpperCase()}_PARTITIONS=${made.length} here and for all that consume it`,
        );
      }
      const parts = Array.from({ length: partitions }, (_, part) => part);
      const counters = parts.map((part) => ({ topic, part, head: 0 }));
      const cursors = parts.map((part) => ({ topic, part, published: 0, fence: 0 }));
      await database.dialect.insertNewRows(database.queries, 'topic_counters', counters);
      await database.dialect.insertNewRows(database.queries, 'relay_cursors', cursors);
    },
    positions,
    async backlog() {
      const behind = (await positions()).filter(({ accepted, published }) => accepted > published);
      const times = await Promise.all(
        behind.map(({ partition, published }) => acceptedAt(partition, published + 1)),
      );
      const oldest = Math.min(...times);
      return {
        pending: behind.reduce((sum, { accepted, published }) => sum + accepted - published, 0),
        oldestSeconds: behind.length === 0 ? 0 : Math.max(0, clock.now().getTime() - oldest) / 1000,
      };
    },
    async read(partition, from, limit): Promise<FeedPage> {
      // the head is read first: rows up to it are then certain to be visible
      const counter = await queries
        .selectFrom('topic_counters')
        .select('head')
        .where('topic', '=', topic)
        .where('part', '=', partition)
        .executeTakeFirst();
      if (!counter) throw new AppError('not_found', `topic ${topic} has no partition ${partition}`);
      const place = { topic, partition, partitions, head: counter.head };
      if (limit === 0) return { ...place, firstSequence: from, events: [] };
      const rows = await queries
        .selectFrom('topic_log')
        .select(['first_sequence', 'event_count', 'events'])
        .where('topic', '=', topic)
        .where('part', '=', partition)
        .where('first_sequence', '>', from - maxEventsPerRow)
        .where((row) => row(row('first_sequence', '+', row.ref('event_count')), '>', from))
        .orderBy('first_sequence')
        .limit(maxRowsPerPage)
        .execute();
      return { ...place, ...takePage({ head: counter.head, from, limit }, rows) };
    },
  };
}

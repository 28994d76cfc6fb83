import { AppError } from '@fanfare/core';
import { openDatabase, type Database } from '@fanfare/storage';
import type { Message, MessageBus } from '../bus/message-bus';
import { migrateMessaging } from '../messaging-tables';
import { createTopicLog, type TopicLog } from '../outbox/topic-log';
import { createRelay } from '../relay/relay';
import { newId, observe, orderCreatedEvent, systemClock } from './messaging-fixture';

/** Ids of the events in a message. */
export function idsOf({ body }: Message): string[] {
  const parsed = JSON.parse(body.toString()) as { id: string } | { id: string }[];
  return [parsed].flat().map(({ id }) => id);
}

/** A bus whose broker is as reliable as the test says: what it confirmed is in `taken`. */
export function createRecordingBus() {
  const taken: Message[] = [];
  const broker = { isAway: false, losesConfirms: false, hangs: false };
  const bus: MessageBus = {
    async publish(_, messages) {
      if (broker.isAway) throw new AppError('unavailable', 'the broker is away');
      taken.push(...messages);
      if (broker.hangs) return new Promise(() => undefined);
      if (broker.losesConfirms)
        throw new AppError('unavailable', 'the connection was lost before the confirm');
    },
    subscribe: () => Promise.reject(new Error('nobody subscribes here')),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return { bus, taken, broker };
}

/** What each test of the relay works with: a topic log in a database of its own. */
export function useRelayBench() {
  let database: Database;
  let topicLog: TopicLog;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateMessaging(database);
    topicLog = createTopicLog({ database, clock: systemClock, topic: 'orders' });
    await topicLog.prepare();
  });
  afterEach(() => database.close());

  return {
    get database() {
      return database;
    },
    get topicLog() {
      return topicLog;
    },
    /** Commits events under these ids, together. */
    append: (...ids: string[]) =>
      database.transact(async (tx) => {
        topicLog.append(
          tx,
          ids.map((id) => orderCreatedEvent(`order-${id}`, { id })),
        );
      }),
    startRelay(bus: MessageBus, clock = systemClock, name?: string) {
      const observer = observe();
      const options = { database, topicLog, bus, clock, newId, observer };
      const relay = createRelay({ ...options, ...(name !== undefined && { name }) });
      const stop = new AbortController();
      const running = relay.run(stop.signal);
      return {
        observer,
        async stop() {
          stop.abort();
          await running;
        },
      };
    },
  };
}

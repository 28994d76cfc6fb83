import type { CloudEvent } from '@fanfare/contracts';
import {
  createRelay,
  createTopicLog,
  migrateMessaging,
  openMessageBus,
  type FeedPage,
  type Message,
  type MessageBus,
  type TopicLog,
} from '@fanfare/messaging';
import type { Resources, Service } from '@fanfare/service-kit';
import { openDatabase, type Database } from '@fanfare/storage';

/** Stands in for the order service: owns topic `orders` and says on it what a test wants. */
export interface OrderProducer {
  create(resources: Resources): Promise<Service>;
  /** Commits events in one transaction. The relay, where it runs, sends them as one message. */
  commit(...events: readonly CloudEvent[]): Promise<void>;
  /** The topic log from sequence `from`. */
  read(from: number, limit: number): Promise<FeedPage>;
  /** Sends messages past the topic log, as a foreign program or a broker that repeats itself would. */
  send(...messages: readonly Message[]): Promise<void>;
}

export function createOrderProducer({ hasRelay = true } = {}): OrderProducer {
  let database!: Database;
  let bus!: MessageBus;
  let topicLog!: TopicLog;

  return {
    async create(resources) {
      const { clock, newId, hub, messagingObserver: observer } = resources;
      database = resources.own(await openDatabase('sqlite::memory:', { clock }));
      bus = resources.own(await openMessageBus('memory:', { hub, clock }));
      topicLog = createTopicLog({ database, clock, topic: 'orders' });
      const relay = createRelay({ database, topicLog, bus, clock, newId, observer });
      return {
        name: 'order-service',
        listen: { host: '127.0.0.1', port: 0 },
        routes: [],
        async prepare() {
          await migrateMessaging(database);
          await topicLog.prepare();
        },
        topicLogs: [topicLog],
        consumers: [],
        workers: hasRelay ? [relay] : [],
        checks: { database },
      };
    },
    async commit(...events) {
      await database.transact(async (tx) => {
        topicLog.append(tx, events);
      });
    },
    read: (from, limit) => topicLog.read(0, from, limit),
    send: (...messages) => bus.publish({ topic: 'orders', partitions: 1 }, messages),
  };
}

/** The message of events whose first one has the sequence `sequence`; without it, that of a foreign program. */
export function messageOf(events: readonly unknown[], sequence?: number): Message {
  const isSingle = events.length === 1;
  return rawMessage(JSON.stringify(isSingle ? events[0] : events), { sequence, count: events.length });
}

/** A message that holds whatever text. */
export function rawMessage(
  text: string,
  { sequence, count = 1 }: { readonly sequence?: number | undefined; readonly count?: number } = {},
): Message {
  return {
    partition: 0,
    id: 'message',
    contentType: count === 1 ? 'application/cloudevents+json' : 'application/cloudevents-batch+json',
    body: Buffer.from(text),
    sequence,
    count,
  };
}

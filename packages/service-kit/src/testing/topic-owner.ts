import type { CloudEvent, Topic } from '@fanfare/contracts';
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
import { openDatabase, type Database } from '@fanfare/storage';
import type { ServiceFactory } from '../hosting/service';

/** Stands in for a service: owns its topic, and says what a test tells it to. */
export interface TopicOwner {
  readonly factory: ServiceFactory;
  /** Commits events together. The relay, where it runs, sends them as one message. */
  publish(...events: readonly CloudEvent[]): Promise<void>;
  /** The topic log from sequence `from`. */
  read(from: number, limit: number): Promise<FeedPage>;
  /** Sends messages past the topic log, as a foreign program or a broker that repeats itself would. */
  send(...messages: readonly Message[]): Promise<void>;
}

export interface TopicOwnerOptions {
  /** Of the service that it stands in for. */
  readonly name: string;
  readonly topic: Topic;
  readonly messageBusUrl?: string;
  /** Without it, only what a test sends itself is on the bus. */
  readonly hasRelay?: boolean;
}

interface Opened {
  readonly database: Database;
  readonly bus: MessageBus;
  readonly topicLog: TopicLog;
}

export function createTopicOwner(options: TopicOwnerOptions): TopicOwner {
  const { name, topic, messageBusUrl = 'memory:', hasRelay = true } = options;
  let opened: Opened | undefined;
  function hosted(): Opened {
    if (!opened) throw new Error('not hosted yet');
    return opened;
  }
  return {
    async publish(...events) {
      const { database, topicLog } = hosted();
      await database.transact(async (tx) => {
        topicLog.append(tx, events);
      });
    },
    read: (from, limit) => hosted().topicLog.read(0, from, limit),
    send: (...messages) => hosted().bus.publish({ topic, partitions: 1 }, messages),
    async factory({ own, clock, newId, hub, messagingObserver: observer }) {
      const database = own(await openDatabase('sqlite::memory:', { clock }));
      const bus = own(await openMessageBus(messageBusUrl, { hub, clock }));
      const topicLog = createTopicLog({ database, clock, topic });
      opened = { database, bus, topicLog };
      return {
        name,
        listen: { host: '127.0.0.1', port: 0 },
        routes: [],
        async prepare() {
          await migrateMessaging(database);
          await topicLog.prepare();
        },
        topicLogs: [topicLog],
        consumers: [],
        workers: hasRelay ? [createRelay({ database, topicLog, bus, clock, newId, observer })] : [],
        checks: { database, mq: bus },
      };
    },
  };
}

import type { CloudEvent, Topic } from '@fanfare/contracts';
import { createRelay, createTopicLog, migrateMessaging, openMessageBus } from '@fanfare/messaging';
import { openDatabase } from '@fanfare/storage';
import type { ServiceFactory } from '../service';

/** Stands in for a service: owns its topic, and says what a test tells it to. */
export interface TopicOwner {
  readonly factory: ServiceFactory;
  /** Commits events together, so that they also travel together. */
  publish(...events: readonly CloudEvent[]): Promise<void>;
}

export interface TopicOwnerOptions {
  /** Of the service that it stands in for. */
  readonly name: string;
  readonly topic: Topic;
  readonly messageBusUrl?: string;
}

export function createTopicOwner({ name, topic, messageBusUrl = 'memory:' }: TopicOwnerOptions): TopicOwner {
  let publish: TopicOwner['publish'] = () => Promise.reject(new Error('not hosted yet'));
  return {
    publish: (...events) => publish(...events),
    async factory({ own, clock, newId, hub, messagingObserver: observer }) {
      const database = own(await openDatabase('sqlite::memory:', { clock }));
      const bus = own(await openMessageBus(messageBusUrl, { hub, clock }));
      const topicLog = createTopicLog({ database, clock, topic });
      publish = (...events) =>
        database.transact(async (tx) => {
          topicLog.append(tx, events);
        });
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
        workers: [createRelay({ database, topicLog, bus, clock, newId, observer })],
        checks: { database, mq: bus },
      };
    },
  };
}

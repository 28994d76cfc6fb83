import type { CloudEvent } from '@fanfare/cloudevents';
import type { CloudEvent as ToldEvent } from '@fanfare/contracts';
import { createRelay, createTopicLog, type MessageBus, type TopicLog } from '@fanfare/messaging';
import type { Resources, Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';

export interface TellErasuresDeps {
  readonly database: Database;
  readonly resources: Pick<Resources, 'clock' | 'newId' | 'messagingObserver'>;
  /** Undefined where no bus is used: then others find out by the feed. */
  readonly bus: MessageBus | undefined;
}

/** How the other services get to know whom to forget. */
export interface TellErasures {
  readonly topicLog: TopicLog;
  readonly workers: readonly Worker[];
  /** Resolves when it is certain that all will be told. */
  readonly tell: (event: CloudEvent) => Promise<void>;
}

/** Publishes erasures on topic `privacy`, which this service owns. They stay in it for good: also who was away for long is told. */
export function createTellErasures({ database, resources, bus }: TellErasuresDeps): TellErasures {
  const { clock, newId, messagingObserver: observer } = resources;
  const topicLog = createTopicLog({ database, clock, topic: 'privacy' });
  return {
    topicLog,
    workers: bus ? [createRelay({ database, topicLog, bus, clock, newId, observer })] : [],
    tell: (event) =>
      database.transact((tx) => {
        // that of the catalogue differs only in what it says of data
        topicLog.append(tx, [event as ToldEvent]);
        return Promise.resolve();
      }),
  };
}

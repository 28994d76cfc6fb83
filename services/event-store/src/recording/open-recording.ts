import { openMessageBus, type Consumer } from '@fanfare/messaging';
import type { Pingable, Resources } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../config';
import { createTopicRecorders } from './record-topics';

export interface RecordingDeps {
  readonly config: EventStoreConfig;
  readonly resources: Resources;
  readonly log: EventLog;
  readonly database: Database;
}

export interface Recording {
  readonly consumers: readonly Consumer[];
  readonly checks: Readonly<Record<string, Pingable>>;
}

/** Listens to the topics of the bus that are to be recorded; without any, no bus is needed. */
export async function openRecording({ config, resources, log, database }: RecordingDeps): Promise<Recording> {
  if (config.recordTopics.length === 0) return { consumers: [], checks: {} };
  const { clock, newId, hub, messagingObserver: observer } = resources;
  const { name, feedCheckMs } = config;
  const bus = resources.own(await openMessageBus(config.messageBusUrl, { hub, clock, name }));
  const consumers = createTopicRecorders({
    ...{ eventLog: log, database, bus, hub, clock, newId, observer, feedCheckMs },
    topics: config.recordTopics.map((topic) => ({ topic, ...ownerOf(topic, config) })),
  });
  return { consumers, checks: { mq: bus } };
}

type RecordedTopicName = EventStoreConfig['recordTopics'][number];

function ownerOf(topic: RecordedTopicName, config: EventStoreConfig) {
  switch (topic) {
    case 'orders':
      return { feedUrl: config.ordersFeedUrl, partitions: config.ordersPartitions };
    case 'notifications':
      return { feedUrl: config.notificationsFeedUrl, partitions: 1 };
    case 'mediator':
      return { feedUrl: config.mediatorFeedUrl, partitions: 1 };
  }
}

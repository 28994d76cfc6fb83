import {
  isSharedTopic,
  reportingServices,
  topicOfService,
  type ReportingService,
  type Topic,
} from '@fanfare/contracts';
import { openMessageBus, type Consumer, type MessageBus } from '@fanfare/messaging';
import type { Pingable, Resources } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../config';
import { createTopicRecorders, type RecordedTopic } from './record-topics';

export interface RecordingDeps {
  readonly config: EventStoreConfig;
  readonly resources: Resources;
  readonly log: EventLog;
  readonly database: Database;
}

export interface Recording {
  readonly consumers: readonly Consumer[];
  readonly checks: Readonly<Record<string, Pingable>>;
  /** Undefined when nothing is recorded. */
  readonly bus: MessageBus | undefined;
}

/** Listens to the topics of the bus that are to be recorded; without any, no bus is needed. */
export async function openRecording({ config, resources, log, database }: RecordingDeps): Promise<Recording> {
  if (config.recordTopics.length === 0) return { consumers: [], checks: {}, bus: undefined };
  const { clock, hub, messagingObserver: observer } = resources;
  const { name, feedCheckMs } = config;
  const bus = resources.own(await openMessageBus(config.messageBusUrl, { hub, clock, name, observer }));
  const consumers = createTopicRecorders({
    eventLog: log,
    database,
    bus,
    hub,
    clock,
    observer,
    feedCheckMs,
    token: resources.serviceToken,
    topics: config.recordTopics.flatMap((topic) => toRecorded(topic, config)),
  });
  return { consumers, checks: { mq: bus }, bus };
}

/** What several services write is recorded from each of them. */
function toRecorded(topic: Topic, config: EventStoreConfig): readonly RecordedTopic[] {
  if (isSharedTopic(topic)) {
    return reportingServices.map((service) => ({
      topic: topicOfService(topic, service),
      feedUrl: feedOf(service, config),
      partitions: 1,
    }));
  }
  const partitions = topic === 'orders' ? config.ordersPartitions : 1;
  return [{ topic, feedUrl: feedOf(owners[topic], config), partitions }];
}

const owners = {
  orders: 'order-service',
  notifications: 'notification-worker',
  mediator: 'mediator',
  privacy: 'event-store',
} as const;

function feedOf(service: ReportingService, config: EventStoreConfig): string {
  switch (service) {
    case 'order-service':
      return config.ordersFeedUrl;
    case 'analytics-service':
      return config.analyticsFeedUrl;
    case 'notification-worker':
      return config.notificationsFeedUrl;
    case 'mediator':
      return config.mediatorFeedUrl;
    case 'event-store':
      // its own feed is always read in this process
      return `http://${config.listen.host}:${config.listen.port}`;
  }
}

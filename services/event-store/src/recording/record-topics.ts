import {
  createLogRecorder,
  openFeed,
  type Consumer,
  type LocalHub,
  type LogRecorderOptions,
  type StreamOf,
} from '@fanfare/messaging';
import type { ServiceToken } from '@fanfare/service-kit';

export interface RecordedTopic {
  readonly topic: string;
  /** Where the topic's owner answers. */
  readonly feedUrl: string;
  /** As many as the owner says. */
  readonly partitions: number;
}

export interface TopicRecordersDeps extends Omit<
  LogRecorderOptions,
  'topic' | 'group' | 'feed' | 'partitions' | 'streamOf'
> {
  readonly topics: readonly RecordedTopic[];
  readonly hub: LocalHub;
  /** With which owners elsewhere are asked. */
  readonly token?: ServiceToken;
}

/** Records topics of the bus in the event log, each event once and in the order of its topic. */
export function createTopicRecorders({
  topics,
  hub,
  token,
  ...deps
}: TopicRecordersDeps): readonly Consumer[] {
  return topics.map(({ topic, feedUrl, partitions }) =>
    createLogRecorder({
      ...deps,
      topic,
      group: 'event-store',
      feed: openFeed({ topic, ownerUrl: feedUrl, hub, clock: deps.clock, token }),
      partitions,
      streamOf: topic === 'orders' ? streamOfOrder : () => null,
    }),
  );
}

/** Only what topic `orders` says of an order is its history; whatever else has the order as its subject is not. */
const streamOfOrder: StreamOf = ({ subject }) =>
  subject === undefined ? null : { id: subject, type: 'order' };

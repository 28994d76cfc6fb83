export { createConsumer, type ConsumerOptions } from './consumer/consumer';
export { defaultRetryPolicy, type RetryPolicy } from './parked/retry-policy';
export { identityOf } from './events/event-identity';
export { type EventHandler } from './consumer/event-handler';
export type { Feed, FeedPage } from './feed/feed';
export type { GroupPosition } from './consumer/group-positions';
export { holdGroup, type GroupStanding, type HoldGroupOptions } from './cursor/hold-group';
export { holdLease, overtaken, type HeldLease, type HoldLeaseOptions } from './leases/hold-lease';
export { createHttpFeed } from './feed/http-feed';
export { createLease, type Lease, type LeaseOptions } from './leases/lease';
export { createLocalHub, type LocalHub } from './adapters/local-hub';
export type { StreamOf } from './recorder/log-appends';
export { createLogRecorder, type LogRecorderOptions } from './recorder/log-recorder';
export type {
  Delivery,
  DeliveryHandler,
  Message,
  MessageBus,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from './bus/message-bus';
export type { MessageBusObserver } from './bus/message-bus-observer';
export type { AppliedResult, EventFailure, Gap, MessagingObserver } from './messaging-observer';
export { migrateMessaging } from './messaging-tables';
export type { ListedEvent, ParkedCount, ParkedEvent, ParkedEvents } from './parked/parked-events';
export {
  createParkedStore,
  type DeadLetterPolicy,
  type ParkedRow,
  type ParkedStore,
} from './parked/parked-store';
export type { Consumer } from './consumer/pipeline';
export { openMessageBus, type OpenMessageBusOptions } from './adapters/open-message-bus';
export { openFeed } from './adapters/open-feed';
export { createEventStream } from './adapters/kafka/event-stream';
export {
  followRecords,
  type FollowRecordsOptions,
  type IncomingRecord,
} from './adapters/kafka/follow-records';
export {
  openRecordProducer,
  type OutgoingRecord,
  type RecordProducer,
  type RecordProducerOptions,
} from './adapters/kafka/record-producer';
export {
  openExchangePublisher,
  type ExchangeMessage,
  type ExchangePublisher,
  type ExchangePublisherOptions,
} from './adapters/rabbitmq/exchange-publisher';
export { createReceiverInbox, type ReceiverInbox, type ReceiverInboxOptions } from './inbox/receiver-inbox';
export { createRelay, type Relay } from './relay/relay';
export { createRetention } from './outbox/retention';
export { removeParked, rewriteParked, type RewriteValue } from './parked/rewrite-parked';
export { createTopicLog, type TopicLog, type TopicPosition } from './outbox/topic-log';

export { createConsumer, type ConsumerOptions } from './consumer';
export { defaultRetryPolicy, type EventHandler, type RetryPolicy } from './event-handler';
export type { Feed, FeedPage } from './feed';
export type { GroupPosition } from './group-positions';
export { holdGroup, type GroupStanding, type HoldGroupOptions } from './hold-group';
export { holdLease, overtaken, type HeldLease, type HoldLeaseOptions } from './hold-lease';
export { createHttpFeed } from './http-feed';
export { createLease, type Lease, type LeaseOptions } from './lease';
export { createLocalHub, type LocalHub } from './local-hub';
export type { StreamOf } from './log-appends';
export { createLogRecorder, type LogRecorderOptions } from './log-recorder';
export type {
  Delivery,
  DeliveryHandler,
  Message,
  MessageBus,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from './message-bus';
export type { MessageBusObserver } from './message-bus-observer';
export type { AppliedResult, EventFailure, Gap, MessagingObserver } from './messaging-observer';
export { migrateMessaging } from './messaging-tables';
export type { ParkedCount, ParkedEvent, ParkedEvents } from './parked-events';
export { createParkedStore, type DeadLetterPolicy, type ParkedRow, type ParkedStore } from './parked-store';
export type { Consumer } from './pipeline';
export { openMessageBus, type OpenMessageBusOptions } from './open-message-bus';
export { openFeed } from './open-feed';
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
export { createReceiverInbox, type ReceiverInbox, type ReceiverInboxOptions } from './receiver-inbox';
export { createRelay, type Relay } from './relay';
export { createRetention } from './retention';
export { removeParked, rewriteParked, type RewriteValue } from './rewrite-parked';
export { createTopicLog, type TopicLog, type TopicPosition } from './topic-log';

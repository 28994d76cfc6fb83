export type { Consumer, GroupPosition } from './consumer';
export type { Feed, FeedPage } from './feed';
export type { LocalHub } from './local-hub';
export type { DeliveryHandler, Delivery, Message, MessageBus, PublishOptions, SubscribeOptions, Subscription } from './message-bus';
export type { AppliedResult, EventFailure, Gap, MessagingObserver } from './messaging-observer';
export type { ParkedEvent, ParkedEvents } from './parked-events';
export type { TopicLog, TopicPosition } from './topic-log';

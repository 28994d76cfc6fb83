export type { DeliveryHandler, Delivery, Message, MessageBus, PublishOptions, SubscribeOptions, Subscription } from './message-bus';

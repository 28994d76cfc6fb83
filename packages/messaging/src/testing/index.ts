export { describeAdapter, messageBusAdapters, type MessageBusAdapter } from './adapters';
export { itWhen, type Capability } from './capability';
export { describeMessageBusContract } from './message-bus.contract';
export type { ExpectedMembers, MessageBusCapabilities, MessageBusUnderTest } from './message-bus-under-test';

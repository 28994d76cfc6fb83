export { messageBusAdapters } from './adapters';
export { describeMessageBusContract } from './message-bus.contract';
export type { ExpectedMembers, MessageBusCapabilities, MessageBusUnderTest } from './message-bus-under-test';

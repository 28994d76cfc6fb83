export { messageBusAdapters } from './adapters';
export { readKafkaTopic, removeKafkaTopic, type ReadRecord } from './kafka-broker';
export { readRabbitMqQueue, withRabbitMq } from './rabbitmq-broker';
export { evaluateAtBroker } from './rabbitmqctl';
export { describeMessageBusContract } from './message-bus.contract';
export type { ExpectedMembers, MessageBusCapabilities, MessageBusUnderTest } from './message-bus-under-test';

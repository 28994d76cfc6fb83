export * from './envelope';
export { currency, externalTimestamp, identifier, timestamp } from './fields';
export * from './money';
export * from './topics';

export * from './define-event';
export * from './upcasters';

export * from './order-events';
export * from './notification-events';
export * from './mediator-events';
export * from './system-events';
export * from './privacy-events';
export * from './audit-events';
export * from './payment-events';
export * from './user-events';
export * from './product-events';

export * from './catalogue';
export * from './event-names';
export { toJsonSchema, type JsonSchema } from './json-schema';
export { sensitiveFields } from './sensitive-fields';

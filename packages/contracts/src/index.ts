export * from './catalogue';
export * from './define-event';
export * from './envelope';
export * from './notification-events';
export * from './order-events';

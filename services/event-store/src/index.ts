export { readConfig, type EventStoreConfig } from './config';
export { createEventStore } from './service';

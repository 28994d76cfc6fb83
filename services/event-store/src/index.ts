export { readConfig, type EventStoreConfig } from './config';
export type { LocalObserver } from './observers/registry';
export { createEventStore } from './service';

import {
  cacheMaxEntries,
  cacheUrl,
  databaseUrl,
  listenAddress,
  messageBusUrl,
  privacyFeedUrl,
  readEnvironment,
  variable,
  wholeNumber,
  type Environment,
} from '@fanfare/service-kit';
import { z } from 'zod';

const serviceUrl = (fallback: string) => z.url('must be like http://host:8080').default(fallback);

const settings = {
  listen: listenAddress({ port: 8081 }),
  databaseUrl: databaseUrl({ fallback: 'sqlite:./data/analytics.db' }),
  cacheUrl: cacheUrl(),
  cacheMaxEntries,
  messageBusUrl: messageBusUrl(),
  /** Where the owner of topic `orders` answers: events that the bus has lost come from there. */
  ordersFeedUrl: variable('ORDERS_FEED_URL', serviceUrl('http://127.0.0.1:8080')),
  /** As many as the owner has. */
  ordersPartitions: variable('ORDERS_PARTITIONS', wholeNumber({ min: 1, max: 1_024 }).default(1)),
  /** Where all events are kept: totals are counted anew from there. */
  eventStoreUrl: variable('EVENT_STORE_URL', serviceUrl('http://127.0.0.1:8082')),
  /** Who says which customers are to be forgotten. */
  privacyFeedUrl: privacyFeedUrl(),
  feedCheckMs: variable('FEED_CHECK_MS', wholeNumber({ min: 100 }).default(60_000)),
  maxAttempts: variable('MAX_ATTEMPTS', wholeNumber({ min: 1, max: 1_000 }).default(10)),
};

/** Everything that can be set about the analytics service. */
export type AnalyticsServiceConfig = ReturnType<typeof readConfig>;

/** Throws `ConfigError` naming every bad variable. */
export function readConfig(env: Environment = process.env) {
  return readEnvironment(settings, env);
}

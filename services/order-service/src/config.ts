import { currency } from '@fanfare/contracts';
import {
  cacheMaxEntries,
  cacheUrl,
  databaseUrl,
  listenAddress,
  messageBusUrl,
  onOrOff,
  privacyFeedUrl,
  readEnvironment,
  variable,
  wholeNumber,
  type Environment,
} from '@fanfare/service-kit';
import { z } from 'zod';

const settings = {
  listen: listenAddress({ port: 8080 }),
  databaseUrl: databaseUrl({ fallback: 'sqlite:./data/orders.db' }),
  /** Shared where several instances share the database: a private one does not hear of another's changes. */
  cacheUrl: cacheUrl(),
  cacheMaxEntries,
  messageBusUrl: messageBusUrl(),
  /** Of all amounts; orders keep the one they were placed in. */
  currency: variable('CURRENCY', currency.default('USD')),
  /** Of topic `orders`; fixed for the life of the topic. */
  ordersPartitions: variable('ORDERS_PARTITIONS', wholeNumber({ min: 1, max: 1_024 }).default(1)),
  topicRetentionHours: variable('TOPIC_RETENTION_HOURS', wholeNumber({ min: 1, max: 87_600 }).default(168)),
  /** Beyond so many writes that wait for the database, further ones are refused with 503. */
  maxWaitingWrites: variable('MAX_WAITING_WRITES', wholeNumber({ min: 1, max: 1_000_000 }).default(10_000)),
  /** Whether orders follow what their fulfilment comes to. */
  orderSaga: variable('ORDER_SAGA', onOrOff().default(false)),
  mediatorFeedUrl: variable(
    'MEDIATOR_FEED_URL',
    z.url('must be like http://host:8083').default('http://127.0.0.1:8083'),
  ),
  /** Who says whose orders are to be pseudonymised. */
  privacyFeedUrl: privacyFeedUrl(),
  feedCheckMs: variable('FEED_CHECK_MS', wholeNumber({ min: 100 }).default(60_000)),
};

/** Everything that can be set about the order service. */
export type OrderServiceConfig = ReturnType<typeof readConfig>;

/** Throws `ConfigError` naming every bad variable. */
export function readConfig(env: Environment = process.env) {
  return readEnvironment(settings, env);
}

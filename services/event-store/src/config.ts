import { topicNames } from '@fanfare/contracts';
import {
  auditingEnabled,
  cacheMaxEntries,
  cacheTtlMs,
  cacheUrl,
  cachingEnabled,
  ConfigError,
  databaseUrl,
  duration,
  eventLogUrl,
  flag,
  list,
  listenAddress,
  messageBusUrl,
  monitoringEnabled,
  readEnvironment,
  serviceName,
  streamUrl,
  variable,
  webhookOrigin,
  webSocketSettings,
  wholeNumber,
  type Environment,
} from '@fanfare/service-kit';
import { resolve } from 'node:path';
import { z } from 'zod';
import { observerBrokers } from './observers/observer-brokers';
import { encryptionKeys } from './privacy/encryption-keys';

const day = 24 * 60 * 60 * 1000;

/** 0 means that there is no limit. */
const limit = () => wholeNumber({ max: Number.MAX_SAFE_INTEGER }).default(0);

const tooShort = 'must be at least a second';
const interval = () => duration().refine((ms) => ms === 0 || ms >= 1_000, tooShort);

const feedUrl = (name: string, fallback: string) =>
  variable(name, z.url('must be like http://host:8080').default(fallback));

const settings = {
  listen: listenAddress({ port: 8082 }),
  name: serviceName('event-store'),
  environment: variable('ENVIRONMENT', z.string().default('development')),
  region: variable('REGION', z.string().default('local')),
  databaseUrl: databaseUrl({ fallback: 'sqlite:./data/event-store.db' }),
  eventLogUrl: eventLogUrl({ fallback: 'sqlite:./data/event-log.db' }),
  maxWaitingWrites: variable('MAX_WAITING_WRITES', wholeNumber({ min: 1, max: 1_000_000 }).default(10_000)),
  cacheUrl: cacheUrl(),
  cacheMaxEntries,
  /** Of aggregates. */
  cacheTtlMs,
  cachingEnabled,
  monitoringEnabled,
  auditingEnabled,
  messageBusUrl: messageBusUrl(),
  streamUrl: streamUrl(),
  /** The topics of the bus that are recorded. */
  recordTopics: variable(
    'RECORD_TOPICS',
    list()
      .pipe(z.array(z.enum(topicNames, `must be some of ${topicNames.join(', ')}`)))
      .default([...topicNames]),
  ),
  ordersFeedUrl: feedUrl('ORDERS_FEED_URL', 'http://127.0.0.1:8080'),
  notificationsFeedUrl: feedUrl('NOTIFICATIONS_FEED_URL', 'http://127.0.0.1:8084'),
  mediatorFeedUrl: feedUrl('MEDIATOR_FEED_URL', 'http://127.0.0.1:8083'),
  analyticsFeedUrl: feedUrl('ANALYTICS_FEED_URL', 'http://127.0.0.1:8081'),
  ordersPartitions: variable('ORDERS_PARTITIONS', wholeNumber({ min: 1, max: 1_024 }).default(1)),
  feedCheckMs: variable('FEED_CHECK_MS', wholeNumber({ min: 100 }).default(60_000)),
  /** Ed25519 private key in PEM; line ends may be written as `\n`. Without it checkpoints are not signed. */
  signingKey: variable(
    'EVENT_LOG_SIGNING_KEY',
    z
      .string()
      .transform((pem) => pem.replaceAll(String.raw`\n`, '\n'))
      .optional(),
  ),
  /** Off: events are not compared with the catalogue. */
  validationEnabled: variable('VALIDATION_ENABLED', flag().default(true)),
  /** Seal what is kept of events: the first of them seals, the others open what they sealed before. */
  encryptionKeys: encryptionKeys(),
  /** Refuse events whose type the catalogue does not know. */
  strictEventTypes: variable('STRICT_EVENT_TYPES', flag().default(false)),
  /** Take only these types of events or aggregates; undefined takes all. */
  supportedEventTypes: variable('SUPPORTED_EVENT_TYPES', list().optional()),
  supportedAggregateTypes: variable('SUPPORTED_AGGREGATE_TYPES', list().optional()),
  maxEventDataBytes: variable('MAX_EVENT_DATA_SIZE', wholeNumber({ min: 1 }).default(1_048_576)),
  /** These three are exact for one instance; see `createLimitedAppend`. */
  maxEvents: variable('MAX_EVENTS', limit()),
  maxAggregates: variable('MAX_AGGREGATES', limit()),
  maxAggregateEvents: variable('MAX_AGGREGATE_EVENTS', limit()),
  /** Of each aggregate, the newest are kept; 0 keeps all. */
  maxSnapshots: variable('MAX_SNAPSHOTS', limit()),
  /** A snapshot is taken by itself after so many events of an aggregate. */
  snapshotEvery: variable('SNAPSHOT_EVERY', wholeNumber({ min: 1, max: 100_000 }).default(100)),
  /** And of every aggregate that has changed, once in this time; 0 never. */
  snapshotIntervalMs: variable('SNAPSHOT_INTERVAL', interval().default(0)),
  /** How often replays that ended long ago are looked for. */
  cleanupIntervalMs: variable(
    'CLEANUP_INTERVAL',
    interval()
      .refine((ms) => ms > 0, tooShort)
      .default(day),
  ),
  /** Whether observers may live on private, loopback and link-local addresses; undefined: when this service itself does. */
  allowPrivateWebhooks: variable('WEBHOOK_ALLOW_PRIVATE', flag().optional()),
  /** Where observers may have their events sent besides web hooks. */
  observerBrokers: observerBrokers(),
  /** An observer to which nothing could be delivered for so long is disabled; 0 never. */
  observerDisableAfterMs: variable('OBSERVER_DISABLE_AFTER', interval().default(5 * day)),
  /** What becomes of later events of a subject once one of them is a dead letter of an observer. */
  onDeadLetter: variable(
    'ON_DEAD_LETTER',
    z.enum(['skip', 'block'], 'must be skip or block').default('skip'),
  ),
  webhookOrigin: webhookOrigin('event-store'),
  /** Where the service is reached from outside; with it receivers may permit events by a callback. */
  publicUrl: variable('PUBLIC_URL', z.url('must be like https://events.example.com').optional()),
  webSocket: webSocketSettings,
};

/** Everything that can be set about the event store. */
export type EventStoreConfig = ReturnType<typeof readConfig>;

/** Throws `ConfigError` naming every bad variable. */
export function readConfig(env: Environment = process.env) {
  const config = readEnvironment(settings, env);
  if (isSameFile(config.databaseUrl, config.eventLogUrl)) {
    throw new ConfigError(['EVENT_LOG_URL must be another file than DATABASE_URL']);
  }
  return config;
}

/** A transaction of the database is open while late events are appended; in one file the log would wait for it. */
function isSameFile(...urls: readonly [string, string]): boolean {
  const [one, other] = urls.map((url) => resolve(url.slice('sqlite:'.length)));
  return urls.every((url) => url.startsWith('sqlite:') && url !== 'sqlite::memory:') && one === other;
}

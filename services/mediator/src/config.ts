import {
  archiveUrl,
  databaseUrl,
  duration,
  flag,
  listenAddress,
  messageBusUrl,
  onOrOff,
  privacyFeedUrl,
  readEnvironment,
  serviceName,
  streamUrl,
  variable,
  webhookOrigin,
  webSocketSettings,
  wholeNumber,
  type Environment,
} from '@fanfare/service-kit';
import { z } from 'zod';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;

const limit = () => duration().refine((ms) => ms > 0, 'must be longer than nothing');

const settings = {
  listen: listenAddress({ port: 8083 }),
  name: serviceName('mediator'),
  databaseUrl: databaseUrl({ fallback: 'sqlite:./data/mediator.db' }),
  messageBusUrl: messageBusUrl(),
  streamUrl: streamUrl(),
  /** Where messages and histories go when their retention is over; null: nowhere. */
  archiveUrl: archiveUrl({ database: 'mediator' }),
  /** How long it is kept there; undefined: for good. */
  archiveRetentionMs: variable('ARCHIVE_RETENTION', limit().optional()),
  maxMediators: variable('MAX_MEDIATORS', wholeNumber({ min: 1 }).default(100)),
  /** Of all mediators together. */
  maxColleagues: variable('MAX_COLLEAGUES', wholeNumber({ min: 1 }).default(1_000)),
  maxColleaguesPerMediator: variable('MAX_COLLEAGUES_PER_MEDIATOR', wholeNumber({ min: 1 }).default(100)),
  /** Of messages, data and results, as JSON. */
  maxMessageBytes: variable('MAX_MESSAGE_BYTES', wholeNumber({ min: 1 }).default(262_144)),
  /** Steps of workflows and runs of jobs. */
  timeoutMs: variable('TIMEOUT', limit().default(30 * minute)),
  /** Commands, queries, tries by web hook. */
  messageTimeoutMs: variable('MESSAGE_TIMEOUT', limit().default(30 * second)),
  retryCount: variable('RETRY_COUNT', wholeNumber({ min: 1, max: 1_000 }).default(3)),
  /** A colleague without an endpoint that is silent for so long is inactive. */
  inactiveTimeoutMs: variable('INACTIVE_TIMEOUT', limit().default(5 * minute)),
  /** How long ended objects and their ids are kept. */
  retentionMs: variable('RETENTION', duration().default(30 * day)),
  /** The priority of a waiting task rises by one per this time. */
  priorityAgingMs: variable('PRIORITY_AGING_MS', wholeNumber({ min: 1 }).default(minute)),
  /** Whether endpoints may be private addresses; undefined: when this service itself listens on loopback only. */
  allowPrivateWebhooks: variable('WEBHOOK_ALLOW_PRIVATE', flag().optional()),
  webhookOrigin: webhookOrigin('mediator'),
  webSocket: webSocketSettings,
  /** Whether orders are fulfilled by themselves. */
  orderSaga: variable('ORDER_SAGA', onOrOff().default(false)),
  /** How long an order may take until it is shipped; it is cancelled then, and undoing takes as long as it must. */
  orderSagaTimeoutMs: variable('ORDER_SAGA_TIMEOUT', limit().default(5 * minute)),
  /** How long one try of one of its steps may take. */
  orderSagaStepTimeoutMs: variable('ORDER_SAGA_STEP_TIMEOUT', limit().default(5 * second)),
  ordersPartitions: variable('ORDERS_PARTITIONS', wholeNumber({ min: 1, max: 1_024 }).default(1)),
  ordersFeedUrl: variable(
    'ORDERS_FEED_URL',
    z.url('must be like http://host:8080').default('http://127.0.0.1:8080'),
  ),
  /** Who says which persons are to be forgotten. */
  privacyFeedUrl: privacyFeedUrl(),
  feedCheckMs: variable('FEED_CHECK_MS', wholeNumber({ min: 100 }).default(minute)),
  topicRetentionHours: variable('TOPIC_RETENTION_HOURS', wholeNumber({ min: 1 }).default(168)),
};

/** Everything that can be set about the mediator. */
export type MediatorConfig = ReturnType<typeof readConfig>;

/** Throws `ConfigError` naming every bad variable. */
export function readConfig(env: Environment = process.env) {
  return readEnvironment(settings, env);
}

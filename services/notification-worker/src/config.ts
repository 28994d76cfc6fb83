import {
  databaseUrl,
  messageBusUrl,
  privacyFeedUrl,
  readEnvironment,
  variable,
  wholeNumber,
  type Environment,
} from '@fanfare/service-kit';
import { z } from 'zod';
import { readChannels } from './channels/channel-settings';

/** `HEALTH_PORT` is how the port was called when health was all that this service served. */
const listen = {
  host: variable('HOST', z.string().default('127.0.0.1')),
  port: variable(['SERVICE_PORT', 'PORT', 'HEALTH_PORT'], wholeNumber({ max: 65_535 }).default(8084)),
};

const settings = {
  listen: (env: Environment) => readEnvironment(listen, env),
  databaseUrl: databaseUrl({ fallback: 'sqlite:./data/notifications.db' }),
  messageBusUrl: messageBusUrl(),
  ordersFeedUrl: variable(
    'ORDERS_FEED_URL',
    z.url('must be like http://host:8080').default('http://127.0.0.1:8080'),
  ),
  ordersPartitions: variable('ORDERS_PARTITIONS', wholeNumber({ min: 1, max: 1_024 }).default(1)),
  /** Who says which customers are to be forgotten. */
  privacyFeedUrl: privacyFeedUrl(),
  feedCheckMs: variable('FEED_CHECK_MS', wholeNumber({ min: 100 }).default(60_000)),
  topicRetentionHours: variable('TOPIC_RETENTION_HOURS', wholeNumber({ min: 1, max: 87_600 }).default(168)),
  /** Of an event before it is a dead letter, and of a notification before it is given up. */
  maxAttempts: variable('MAX_ATTEMPTS', wholeNumber({ min: 1, max: 1_000 }).default(10)),
  channels: readChannels,
  /** How much longer each notification takes, for demonstrations. */
  delayMs: variable('NOTIFICATION_DELAY_MS', wholeNumber({ max: 10_000 }).default(0)),
};

/** Everything that can be set about the notification worker. */
export type NotificationWorkerConfig = ReturnType<typeof readConfig>;

/** Throws `ConfigError` naming every bad variable. */
export function readConfig(env: Environment = process.env) {
  return readEnvironment(settings, env);
}

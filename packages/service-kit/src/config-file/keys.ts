import {
  either,
  flag,
  list,
  text,
  time,
  timeInMs,
  title,
  whenOff,
  wholeNumber,
  word,
  type Kind,
} from './kinds';

/** A key that stands for variables. */
export interface MeaningfulKey {
  readonly as: Kind;
  readonly sets: readonly string[];
  /** Other names of the same in the environment, which win as well. */
  readonly yieldsTo?: readonly string[];
  /** What several services in one process cannot share. */
  readonly isOfOneService?: true;
}

/** A key that the documents have and the product does not need. */
export interface IdleKey {
  readonly idleBecause: string;
}

export type ConfigKey = MeaningfulKey | IdleKey;

const sets = (as: Kind, ...variables: readonly string[]): MeaningfulKey => ({ as, sets: variables });
const idle = (idleBecause: string): IdleKey => ({ idleBecause });
const ofOneService = (key: MeaningfulKey): MeaningfulKey => ({ ...key, isOfOneService: true });
const unless = (yieldsTo: readonly string[], key: MeaningfulKey): MeaningfulKey => ({ ...key, yieldsTo });

const mysqlHost = ofOneService(sets(text, 'MYSQL_HOST'));
const mysqlPort = ofOneService(sets(wholeNumber, 'MYSQL_PORT'));
const mysqlUser = ofOneService(unless(['MYSQL_USER'], sets(text, 'MYSQL_USERNAME')));
const mysqlPassword = ofOneService(sets(text, 'MYSQL_PASSWORD'));
const mysqlDatabase = ofOneService(unless(['MYSQL_DB', 'MYSQL_NAME'], sets(text, 'MYSQL_DATABASE')));
const redis = {
  host: sets(text, 'REDIS_HOST'),
  port: sets(wholeNumber, 'REDIS_PORT'),
  password: sets(text, 'REDIS_PASSWORD'),
  db: sets(wholeNumber, 'REDIS_DB'),
};
const topicNames = idle('the topics have the names that the documents say');
const computedWhenAsked = idle('metrics are read when they are asked for');

/**
 * Every key of the YAML files that the documents of the event store and the mediator show, and of the sections that the
 * document of the observers names; `docs/configuration.md` explains them.
 */
export const configKeys: Readonly<Record<string, ConfigKey>> = {
  name: ofOneService(sets(title, 'SERVICE_NAME')),
  version: idle('a service knows its own version'),
  description: idle('a service knows what it is'),
  'metadata.environment': sets(text, 'ENVIRONMENT'),
  'metadata.region': sets(text, 'REGION'),

  'server.host': sets(text, 'HOST'),
  'server.port': ofOneService(unless(['PORT', 'HEALTH_PORT'], sets(wholeNumber, 'SERVICE_PORT'))),

  max_events: sets(wholeNumber, 'MAX_EVENTS'),
  max_aggregates: sets(wholeNumber, 'MAX_AGGREGATES'),
  max_snapshots: sets(wholeNumber, 'MAX_SNAPSHOTS'),
  snapshot_interval: sets(time, 'SNAPSHOT_INTERVAL'),
  cleanup_interval: sets(time, 'CLEANUP_INTERVAL'),
  validation_enabled: sets(flag, 'VALIDATION_ENABLED'),
  caching_enabled: sets(flag, 'CACHING_ENABLED'),
  monitoring_enabled: sets(flag, 'MONITORING_ENABLED'),
  auditing_enabled: sets(flag, 'AUDITING_ENABLED'),
  supported_event_types: sets(list, 'SUPPORTED_EVENT_TYPES'),
  supported_aggregate_types: sets(list, 'SUPPORTED_AGGREGATE_TYPES'),
  'validation_rules.max_event_data_size': sets(wholeNumber, 'MAX_EVENT_DATA_SIZE'),
  'validation_rules.max_aggregate_events': sets(wholeNumber, 'MAX_AGGREGATE_EVENTS'),
  'event_store.max_events': sets(wholeNumber, 'MAX_EVENTS'),
  'event_store.database': sets(text, 'MONGODB_DATABASE'),
  'event_store.collection': idle('the log names its own collections'),

  max_mediators: sets(wholeNumber, 'MAX_MEDIATORS'),
  max_colleagues: sets(wholeNumber, 'MAX_COLLEAGUES'),
  timeout: sets(time, 'TIMEOUT'),
  retry_count: sets(wholeNumber, 'RETRY_COUNT'),

  'database.host': mysqlHost,
  'database.port': mysqlPort,
  'database.username': mysqlUser,
  'database.password': mysqlPassword,
  'database.database': mysqlDatabase,
  'database.mysql.host': mysqlHost,
  'database.mysql.port': mysqlPort,
  'database.mysql.username': mysqlUser,
  'database.mysql.password': mysqlPassword,
  'database.mysql.database': mysqlDatabase,
  'database.mongodb.uri': sets(text, 'MONGODB_URI'),
  'database.mongodb.database': sets(text, 'MONGODB_DATABASE'),
  'mongodb.uri': sets(text, 'MONGODB_URI'),
  'mongodb.database': sets(text, 'MONGODB_DATABASE'),
  'database.redis.host': redis.host,
  'database.redis.port': redis.port,
  'database.redis.password': redis.password,
  'database.redis.db': redis.db,
  'redis.host': redis.host,
  'redis.port': redis.port,
  'redis.password': redis.password,
  'redis.db': redis.db,

  'cache.enabled': sets(flag, 'CACHING_ENABLED'),
  // where Redis is stands elsewhere in the file
  'cache.type': unless(
    ['REDIS_URL', 'REDIS_HOST'],
    sets(word({ memory: 'memory:', redis: undefined }), 'CACHE_URL'),
  ),
  'cache.ttl': sets(time, 'CACHE_TTL'),
  'cache.max_size': sets(wholeNumber, 'CACHE_MAX_SIZE'),
  'cache.cleanup_interval': idle('what is over goes when it is read, or when the cache is full'),

  'message_queue.enabled': unless(['KAFKA_BROKERS'], sets(whenOff('memory:'), 'STREAM_URL')),
  'message_queue.brokers': sets(list, 'KAFKA_BROKERS'),
  'message_queue.topics': topicNames,
  'kafka.brokers': sets(list, 'KAFKA_BROKERS'),
  'kafka.topics': topicNames,

  'websocket.enabled': sets(flag, 'WS_ENABLED'),
  'websocket.port': idle('WebSockets are at /ws on the port of the service'),
  'websocket.read_buffer_size': idle('frames are read as they come; WS_MAX_FRAME_BYTES bounds one'),
  'websocket.write_buffer_size': idle('WS_MAX_BUFFERED_BYTES bounds what waits for a client'),
  'websocket.handshake_timeout': sets(timeInMs, 'WS_HANDSHAKE_MS'),

  'security.enabled': sets(either('jwt', 'disabled'), 'AUTH_MODE'),
  'security.jwt_secret': sets(text, 'JWT_SECRET'),
  'security.token_expiry': sets(time, 'TOKEN_EXPIRY'),
  'security.allowed_origins': sets(list, 'CORS_ORIGINS', 'WS_ALLOWED_ORIGINS'),
  'security.rate_limit_enabled': sets(flag, 'RATE_LIMIT_ENABLED'),
  'security.rate_limit_requests': sets(wholeNumber, 'RATE_LIMIT_REQUESTS'),
  'security.rate_limit_window': sets(time, 'RATE_LIMIT_WINDOW'),

  'monitoring.enabled': sets(flag, 'MONITORING_ENABLED'),
  'monitoring.port': sets(wholeNumber, 'METRICS_PORT'),
  'monitoring.path': sets(text, 'METRICS_PATH'),
  'monitoring.collect_interval': computedWhenAsked,
  'metrics.enabled': sets(flag, 'MONITORING_ENABLED'),
  'metrics.port': sets(wholeNumber, 'METRICS_PORT'),
  'metrics.path': sets(text, 'METRICS_PATH'),

  'logging.level': sets(text, 'LOG_LEVEL'),
  'logging.format': sets(text, 'LOG_FORMAT'),
  'logging.output': sets(text, 'LOG_OUTPUT'),
};

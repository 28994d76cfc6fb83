import { readConfig } from './config';

describe('the configuration of the mediator', () => {
  it('needs nothing to be set', () => {
    expect(readConfig({})).toEqual({
      listen: { host: '127.0.0.1', port: 8083 },
      name: 'mediator',
      databaseUrl: 'sqlite:./data/mediator.db',
      messageBusUrl: 'memory:',
      streamUrl: 'memory:',
      archiveUrl: null,
      archiveRetentionMs: undefined,
      maxMediators: 100,
      maxColleagues: 1_000,
      maxColleaguesPerMediator: 100,
      maxMessageBytes: 262_144,
      timeoutMs: 1_800_000,
      messageTimeoutMs: 30_000,
      retryCount: 3,
      inactiveTimeoutMs: 300_000,
      retentionMs: 2_592_000_000,
      priorityAgingMs: 60_000,
      allowPrivateWebhooks: undefined,
      orderSaga: false,
      orderSagaTimeoutMs: 300_000,
      orderSagaStepTimeoutMs: 5_000,
      ordersPartitions: 1,
      ordersFeedUrl: 'http://127.0.0.1:8080',
      feedCheckMs: 60_000,
      topicRetentionHours: 168,
      webhookOrigin: 'mediator',
      webSocket: {
        isEnabled: true,
        handshakeMs: 10_000,
        maxConnections: 1_000,
        maxFrameBytes: 1_048_576,
        maxBufferedBytes: 4_194_304,
        drainMs: 10_000,
        pingMs: 30_000,
        allowedOrigins: [],
      },
    });
  });

  it('takes the variables of the seed', () => {
    const config = readConfig({
      MYSQL_HOST: 'localhost',
      MYSQL_PORT: '3306',
      MYSQL_USERNAME: 'root',
      MYSQL_PASSWORD: 'secret',
      MYSQL_DATABASE: 'mediator_db',
      MONGODB_URI: 'mongodb://localhost:27017',
      MONGODB_DATABASE: 'mediator_db',
      KAFKA_BROKERS: 'localhost:9092',
      SERVICE_PORT: '8090',
    });

    expect(config).toMatchObject({
      listen: { port: 8090 },
      databaseUrl: 'mysql://root:secret@localhost:3306/mediator_db',
      archiveUrl: 'mongodb://localhost:27017/mediator_db',
      streamUrl: 'kafka://localhost:9092',
    });
  });

  it('names every variable that is wrong', () => {
    const env = {
      MAX_MEDIATORS: '0',
      MAX_COLLEAGUES: '-1',
      MAX_COLLEAGUES_PER_MEDIATOR: 'many',
      MAX_MESSAGE_BYTES: '0',
      TIMEOUT: '0',
      MESSAGE_TIMEOUT: '0s',
      RETRY_COUNT: '0',
      INACTIVE_TIMEOUT: '0m',
      RETENTION: 'ever',
      ARCHIVE_RETENTION: '0s',
      PRIORITY_AGING_MS: '0',
      WEBHOOK_ALLOW_PRIVATE: 'maybe',
      ORDER_SAGA: 'perhaps',
      ORDER_SAGA_TIMEOUT: '0',
      ORDER_SAGA_STEP_TIMEOUT: '0s',
      ORDERS_PARTITIONS: '0',
      ORDERS_FEED_URL: 'nowhere',
      FEED_CHECK_MS: '1',
      TOPIC_RETENTION_HOURS: '0',
    };

    for (const name of Object.keys(env)) expect(() => readConfig(env)).toThrow(name);
  });
});

import { readConfig } from './config';

describe('the configuration of analytics', () => {
  it('needs nothing to be set', () => {
    expect(readConfig({})).toEqual({
      listen: { host: '127.0.0.1', port: 8081 },
      databaseUrl: 'sqlite:./data/analytics.db',
      cacheUrl: 'memory:',
      cacheMaxEntries: 10_000,
      privacyFeedUrl: undefined,
      messageBusUrl: 'memory:',
      ordersFeedUrl: 'http://127.0.0.1:8080',
      ordersPartitions: 1,
      eventStoreUrl: 'http://127.0.0.1:8082',
      feedCheckMs: 60_000,
      maxAttempts: 10,
    });
  });

  it('understands the variables of the original', () => {
    const env = {
      DB_HOST: 'analytics-db',
      DB_PORT: '3306',
      DB_USER: 'analyticsuser',
      DB_PASSWORD: 'analyticspass',
      DB_NAME: 'analytics_db',
      REDIS_HOST: 'redis',
      REDIS_PORT: '6379',
      RABBITMQ_URL: 'amqp://guest:guest@rabbitmq:5672/',
      SERVICE_PORT: '9081',
    };

    expect(readConfig(env)).toMatchObject({
      listen: { port: 9081 },
      databaseUrl: 'mysql://analyticsuser:analyticspass@analytics-db:3306/analytics_db',
      cacheUrl: 'redis://redis:6379/0',
      messageBusUrl: 'amqp://guest:guest@rabbitmq:5672/',
    });
  });

  it('names every bad variable at once', () => {
    const env = {
      SERVICE_PORT: 'x',
      ORDERS_FEED_URL: 'nowhere',
      ORDERS_PARTITIONS: '0',
      EVENT_STORE_URL: 'away',
      MAX_ATTEMPTS: '-1',
    };

    expect(() => readConfig(env)).toThrow(
      /SERVICE_PORT[^]*ORDERS_FEED_URL[^]*ORDERS_PARTITIONS[^]*EVENT_STORE_URL[^]*MAX_ATTEMPTS/,
    );
  });
});

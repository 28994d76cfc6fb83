import { readConfig } from './config';

describe('the configuration of the order service', () => {
  it('needs nothing to be set', () => {
    expect(readConfig({})).toEqual({
      listen: { host: '127.0.0.1', port: 8080 },
      databaseUrl: 'sqlite:./data/orders.db',
      cacheUrl: 'memory:',
      cacheMaxEntries: 10_000,
      privacyFeedUrl: undefined,
      messageBusUrl: 'memory:',
      currency: 'USD',
      ordersPartitions: 1,
      topicRetentionHours: 168,
      maxWaitingWrites: 10_000,
      orderSaga: false,
      mediatorFeedUrl: 'http://127.0.0.1:8083',
      feedCheckMs: 60_000,
    });
  });

  it('takes the variables of the first version of the system', () => {
    const config = readConfig({
      DB_HOST: 'order-db',
      DB_PORT: '3306',
      DB_USER: 'orderuser',
      DB_PASSWORD: 'orderpass',
      DB_NAME: 'order_db',
      REDIS_HOST: 'redis',
      REDIS_PORT: '6379',
      RABBITMQ_URL: 'amqp://guest:guest@rabbitmq:5672/',
      SERVICE_PORT: '8090',
    });

    expect(config).toMatchObject({
      listen: { port: 8090 },
      databaseUrl: 'mysql://orderuser:orderpass@order-db:3306/order_db',
      cacheUrl: 'redis://redis:6379/0',
      messageBusUrl: 'amqp://guest:guest@rabbitmq:5672/',
    });
  });

  it('names every variable that is wrong', () => {
    const env = {
      CURRENCY: 'dollars',
      ORDERS_PARTITIONS: '0',
      TOPIC_RETENTION_HOURS: 'week',
      MAX_WAITING_WRITES: '-1',
      ORDER_SAGA: 'true',
      MEDIATOR_FEED_URL: 'mediator',
      FEED_CHECK_MS: '0',
    };

    for (const name of Object.keys(env)) expect(() => readConfig(env)).toThrow(name);
  });
});

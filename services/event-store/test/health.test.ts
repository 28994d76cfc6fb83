import { hostEventStore } from './host-event-store';

const nobody = '127.0.0.1:1';
const healthOf = (body: unknown) => (body as { checks: Readonly<Record<string, string>> }).checks;

describe('the health of the event store', () => {
  it('is well while everything that it depends on answers', async () => {
    await using store = await hostEventStore({ RECORD_TOPICS: 'orders' });

    const { status, body } = await store.request('/health');

    expect(status).toBe(200);
    expect(healthOf(body)).toEqual({
      database: 'healthy',
      event_log: 'healthy',
      cache: 'healthy',
      mq: 'healthy',
    });
  });

  it.each([
    ['MySQL', 'database', { DATABASE_URL: `mysql://user:password@${nobody}/events` }],
    ['MongoDB', 'event_log', { EVENT_LOG_URL: `mongodb://user:password@${nobody}/events` }],
    ['Redis', 'cache', { CACHE_URL: `redis://${nobody}/0` }],
    ['Kafka', 'kafka', { STREAM_URL: `kafka://${nobody}` }],
    ['RabbitMQ', 'mq', { MESSAGE_BUS_URL: `amqp://user:password@${nobody}` }],
  ])('names %s when it is away, as its %s, and nothing else', async (_name, check, env) => {
    await using store = await hostEventStore({ RECORD_TOPICS: 'orders', ...env }, { untilReady: false });

    const { status, body } = await store.request('/health');

    const { [check]: away, ...others } = healthOf(body);
    expect(status).toBe(503);
    expect(away).toMatch(/^unhealthy: /);
    expect(away).not.toContain('password');
    expect(Object.values(others).filter((state) => state !== 'healthy')).toEqual([]);
    const { status: readyStatus } = await store.request('/health/ready');
    expect(readyStatus).toBe(check === 'database' ? 503 : 200);
  });
});

import { eventually } from '@fanfare/core/testing';
import { hostForTest } from '@fanfare/service-kit/testing';
import { allServices } from '../src';

const memory = 'sqlite::memory:';
const env = {
  ORDER_DATABASE_URL: memory,
  ANALYTICS_DATABASE_URL: memory,
  EVENT_STORE_DATABASE_URL: memory,
  EVENT_LOG_URL: memory,
  MEDIATOR_DATABASE_URL: memory,
  NOTIFICATION_DATABASE_URL: memory,
};

/** How many there are of each kind of thing that keeps a process alive: servers, sockets, timers, files. */
function countHandles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

const names = ['order-service', 'analytics-service', 'event-store', 'mediator', 'notification-worker'];
const services = allServices(env).map((create, index) => [names[index], create] as const);

describe('a service that is stopped', () => {
  beforeAll(async () => {
    // what is loaded or made once for all is no leak
    await (await hostForTest(allServices(env))).stop();
    await eventually(() => {
      expect([...countHandles().keys()].filter((kind) => kind.startsWith('TCP'))).toEqual([]);
    });
  });

  it.each(services)('leaves nothing open that keeps a process alive: %s', async (name, create) => {
    const before = countHandles();
    const hosted = await hostForTest(create);
    expect(Object.keys(hosted.host.urls)).toEqual([name]);
    expect((await hosted.request('/health/ready')).status).toBe(200);
    const during = countHandles();

    await hosted.stop();

    expect(during.get('TCPServerWrap')).toBe(1);
    await eventually(() => {
      const more = [...countHandles()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
      expect(more).toEqual([]);
    });
  });
});

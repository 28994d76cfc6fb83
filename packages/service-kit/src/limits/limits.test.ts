import { createVirtualClock } from '@fanfare/core';
import { hostForTest } from '../testing/host-for-test';
import { sampleRoutes, validOrder } from '../testing/sample-routes';
import { serviceWith } from '../testing/service-with';
import { expectProblem } from '../testing/expect-problem';
import { rateLimit, type RateLimit } from './rate-limit';

const minuteMs = 60_000;

function hundredAMinute(): RateLimit {
  const limit = rateLimit({ RATE_LIMIT_REQUESTS: '100', RATE_LIMIT_WINDOW: '1m' });
  if (!limit) throw new Error('there is no limit');
  return limit;
}

/** The sample service behind a proxy that names the client. */
async function hostLimited(limit: RateLimit | undefined) {
  const clock = createVirtualClock();
  const hosted = await hostForTest(() => serviceWith({ routes: sampleRoutes }), {
    clock,
    edge: { rateLimit: limit, trustedProxies: ['127.0.0.1'] },
  });
  const get = (path = '/orders/o-1', client = '203.0.113.1') =>
    hosted.request(path, { headers: { 'x-forwarded-for': client } });
  const place = (client = '203.0.113.1') =>
    hosted.request('/orders', { method: 'POST', body: validOrder, headers: { 'x-forwarded-for': client } });
  return { ...hosted, clock, get, place, [Symbol.asyncDispose]: () => hosted.stop() };
}

describe('a limit of 100 requests in a minute', () => {
  it('lets a client send a hundred, and answers the next with 429 until the minute has passed', async () => {
    await using service = await hostLimited(hundredAMinute());

    for (let sent = 1; sent <= 100; sent += 1) {
      const { status, headers } = await (sent % 2 === 0 ? service.get() : service.place());
      expect([status, headers['ratelimit-remaining']]).toEqual([sent % 2 === 0 ? 200 : 201, `${100 - sent}`]);
    }
    await service.clock.advance(59_000);
    const refused = await service.place();
    expectProblem(refused, 429);
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-limit': '100',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '1',
    });

    await service.clock.advance(1_000);
    const { status, headers } = await service.get();
    expect([status, headers['ratelimit-remaining'], headers['ratelimit-reset']]).toEqual([200, '99', '60']);
  });

  it('counts each client for itself', async () => {
    await using service = await hostLimited(hundredAMinute());
    for (let sent = 1; sent <= 101; sent += 1) await service.get();

    expect((await service.get('/orders/o-1', '203.0.113.2')).status).toBe(200);
    expect((await service.get()).status).toBe(429);
  });

  it('never refuses health, metrics and documents, and counts none of them', async () => {
    await using service = await hostLimited(hundredAMinute());
    for (let sent = 1; sent <= 101; sent += 1) await service.get();

    for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs/']) {
      const { status, headers } = await service.get(path);
      expect([path, status, headers['ratelimit-limit']]).toEqual([path, 200, undefined]);
    }
  });

  it('counts what it refuses, without a line in the log for each', async () => {
    await using service = await hostLimited(hundredAMinute());
    for (let sent = 1; sent <= 103; sent += 1) await service.get();

    const { body } = await service.get('/metrics');

    expect(body).toMatch(/^rate_limited_requests_total 3$/m);
    expect(service.logLines.filter(({ msg }) => msg === 'a request was refused')).toEqual([]);
  });
});

describe('without RATE_LIMIT_REQUESTS', () => {
  it('there is no limit while nobody needs a token', async () => {
    await using service = await hostLimited(rateLimit({}));

    const { status, headers } = await service.get();

    expect([status, headers['ratelimit-limit']]).toEqual([200, undefined]);
  });

  it('clients with tokens may write 100 times and read 1,000 times a second', async () => {
    await using service = await hostLimited(rateLimit({ AUTH_MODE: 'jwt' }));

    for (let sent = 1; sent <= 100; sent += 1) expect((await service.place()).status).toBe(201);
    const [write, read] = [await service.place(), await service.get()];

    expect([write.status, write.headers['ratelimit-limit'], write.headers['retry-after']]).toEqual([
      429,
      '100',
      '1',
    ]);
    expect([read.status, read.headers['ratelimit-limit']]).toEqual([200, '1000']);
  });
});

describe('the settings of the limit', () => {
  it.each([
    [{}, undefined],
    [{ RATE_LIMIT_WINDOW: '1m' }, undefined],
    [{ RATE_LIMIT_REQUESTS: '5' }, [5, 5, minuteMs]],
    [{ RATE_LIMIT_REQUESTS: '5', RATE_LIMIT_WINDOW: '10s' }, [5, 5, 10_000]],
    [{ RATE_LIMIT_REQUESTS: '5', RATE_LIMIT_ENABLED: 'false' }, undefined],
    [{ RATE_LIMIT_ENABLED: 'true' }, [1_000, 100, 1_000]],
    [{ AUTH_MODE: 'jwt' }, [1_000, 100, 1_000]],
    [{ AUTH_MODE: 'jwt', RATE_LIMIT_REQUESTS: '5' }, [5, 5, minuteMs]],
    [{ AUTH_MODE: 'jwt', RATE_LIMIT_REQUESTS: '0' }, undefined],
    [{ AUTH_MODE: 'jwt', RATE_LIMIT_ENABLED: 'false' }, undefined],
  ])('%j make reads, writes and milliseconds %j', (env, expected) => {
    const limit = rateLimit(env);

    expect(limit && [limit.reads.requests, limit.writes.requests, limit.windowMs]).toEqual(expected);
  });

  it('count where RATE_LIMIT_URL says, else where the cache is', () => {
    const urlOf = (env: Record<string, string>) => rateLimit({ RATE_LIMIT_REQUESTS: '1', ...env })?.url;

    expect(urlOf({})).toBe('memory:');
    expect(urlOf({ REDIS_HOST: 'cache' })).toBe('redis://cache:6379/0');
    expect(urlOf({ CACHE_URL: 'redis://cache:6379', RATE_LIMIT_URL: 'rediss://limits' })).toBe(
      'rediss://limits',
    );
  });

  it.each([
    { RATE_LIMIT_REQUESTS: '-1' },
    { RATE_LIMIT_WINDOW: '0s' },
    { RATE_LIMIT_WINDOW: 'minute' },
    { RATE_LIMIT_ENABLED: 'yes' },
    { RATE_LIMIT_REQUESTS: '1', RATE_LIMIT_URL: 'http://limits' },
  ])('cannot be %j', (env) => {
    expect(() => rateLimit(env)).toThrow(Object.keys(env).at(-1));
  });
});

import { request as sendRaw } from 'node:http';
import { defineRoute } from '../http/route';
import { hostForTest } from '../testing/host-for-test';
import { sampleRoutes, validOrder } from '../testing/sample-routes';
import { serviceWith } from '../testing/service-with';
import { corsOrigins } from './cors-settings';
import type { EdgeConfig } from './edge-settings';

const shop = 'https://shop.example';

const streamRoute = defineRoute({
  method: 'get',
  path: '/stream',
  role: 'reader',
  summary: 'A stream',
  responses: { 200: { description: 'Events', contentType: 'text/event-stream' } },
  handle: () => ({
    status: 200,
    stream: (async function* () {
      yield 'data: 1\n\n';
    })(),
  }),
});

const hostFor = (...origins: readonly string[]) => host({ corsOrigins: origins });

async function host(edge: EdgeConfig) {
  const hosted = await hostForTest(() => serviceWith({ routes: [...sampleRoutes, streamRoute] }), { edge });
  /** `fetch` would answer for itself what these headers ask. */
  const ask = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve, reject) => {
      const request = sendRaw(new URL(path, hosted.url), { method, headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, headers: response.headers });
      });
      request.on('error', reject);
      request.end(body);
    });
  const preflight = (origin: string, path = '/orders', wanted = 'POST', names = 'content-type') =>
    ask('OPTIONS', path, {
      origin,
      'access-control-request-method': wanted,
      'access-control-request-headers': names,
    });
  return { ...hosted, ask, preflight, [Symbol.asyncDispose]: () => hosted.stop() };
}

const namesOf = (headers: Record<string, unknown>) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('a page of an allowed origin', () => {
  it('may call, with everything that the routes read, and needs no token to ask', async () => {
    await using service = await hostFor(shop);

    const { status, headers } = await service.preflight(shop);

    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': shop,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    const allowed = String(headers['access-control-allow-headers']).split(', ');
    for (const name of [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'traceparent',
      'x-request-id',
    ]) {
      expect(allowed).toContain(name);
    }
  });

  it('may send the attributes of an event as headers, and no other headers that nobody knows', async () => {
    await using service = await hostFor(shop);

    const { headers } = await service.preflight(shop, '/orders', 'POST', 'ce-id, CE-Shop, x-other');

    expect(headers['access-control-allow-headers']).toMatch(/, ce-id, ce-shop$/);
  });

  it.each([
    ['an answer', 'GET', '/orders/o-1', 200],
    ['a problem', 'GET', '/orders/a%20b', 400],
    ['the lack of anything', 'GET', '/nothing', 404],
    ['the lack of a method', 'DELETE', '/orders', 405],
    ['a stream', 'GET', '/stream', 200],
    ['the documentation', 'GET', '/docs/', 200],
  ])('sees %s', async (_, method, path, expected) => {
    await using service = await hostFor('https://other.example', shop);

    const { status, headers } = await service.ask(method, path, { origin: shop });

    expect([status, headers['access-control-allow-origin'], headers['vary']]).toEqual([
      expected,
      shop,
      'Origin',
    ]);
    const exposed = String(headers['access-control-expose-headers']).split(', ');
    for (const name of [
      'Location',
      'ETag',
      'Retry-After',
      'RateLimit-Remaining',
      'X-Request-Id',
      'Idempotency-Replayed',
    ]) {
      expect(exposed).toContain(name);
    }
  });

  it('is any page where * is allowed, but without credentials', async () => {
    await using service = await hostFor('*');

    for (const { headers } of [
      await service.preflight('https://anybody.example'),
      await service.ask('GET', '/orders/o-1', { origin: 'null' }),
    ]) {
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
  });
});

describe('a preflight', () => {
  it('is answered however often one comes, and takes nothing from what a client may ask', async () => {
    const budget = { name: 'requests', requests: 2 };
    const rateLimit = { windowMs: 60_000, reads: budget, writes: budget, url: 'memory:' };
    await using service = await host({ corsOrigins: [shop], rateLimit });

    for (let sent = 0; sent < 5; sent += 1) expect((await service.preflight(shop)).status).toBe(204);

    const { status, headers } = await service.ask('GET', '/orders/o-1', { origin: shop });
    expect([status, headers['ratelimit-remaining']]).toEqual([200, '1']);
  });
});

describe('a page of another origin', () => {
  it.each(['https://evil.example', 'http://shop.example', 'https://shop.example.evil', 'null'])(
    'at %s finds no word for it, neither in the answer nor in its preflight',
    async (origin) => {
      await using service = await hostFor(shop);

      const preflight = await service.preflight(origin);
      const answer = await service.ask(
        'POST',
        '/orders',
        { origin, 'content-type': 'application/json' },
        JSON.stringify(validOrder),
      );

      expect([preflight.status, answer.status]).toEqual([405, 201]);
      for (const { headers } of [preflight, answer]) {
        expect(namesOf(headers)).toEqual([]);
        expect(headers['vary']).toBe('Origin');
      }
    },
  );
});

describe('OPTIONS', () => {
  it('is a method like others where it asks for no permission', async () => {
    await using service = await hostFor(shop);

    const { status, headers } = await service.ask('OPTIONS', '/orders', { origin: shop });

    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('permits nothing at a path where there is nothing', async () => {
    await using service = await hostFor(shop);

    expect((await service.preflight(shop, '/nothing')).status).toBe(404);
  });
});

describe('without CORS_ORIGINS', () => {
  it('no answer says a word about origins', async () => {
    await using service = await hostFor();

    const [preflight, answer] = [
      await service.preflight(shop),
      await service.ask('GET', '/orders/o-1', { origin: shop }),
    ];

    expect([preflight.status, answer.status]).toEqual([405, 200]);
    for (const { headers } of [preflight, answer]) {
      expect([namesOf(headers), headers['vary']]).toEqual([[], undefined]);
    }
  });
});

describe('CORS_ORIGINS', () => {
  it.each([
    ['', []],
    ['*', ['*']],
    ['https://shop.example, http://localhost:3000', ['https://shop.example', 'http://localhost:3000']],
  ])('reads %s', (text, expected) => {
    expect(corsOrigins({ CORS_ORIGINS: text })).toEqual(expected);
  });

  it.each(['shop.example', 'https://shop.example/', 'https://*.example', 'null', '*, https://shop.example'])(
    'cannot be %s',
    (text) => {
      expect(() => corsOrigins({ CORS_ORIGINS: text })).toThrow('CORS_ORIGINS is');
    },
  );
});

import { createVirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import type { JwtConfig } from '../auth/auth-settings';
import { defineRoute, reply } from '../http/route';
import { expectProblem } from '../testing/expect-problem';
import { hostForTest } from '../testing/host-for-test';
import { sampleRoutes } from '../testing/sample-routes';
import { serviceWith } from '../testing/service-with';
import { authForTest, bearer, signToken, tokenFor } from '../testing/tokens';

const budget = { name: 'requests', requests: 10 };
const rateLimit = { windowMs: 60_000, reads: budget, writes: budget, url: 'memory:' };

const forAdmins = defineRoute({
  method: 'get',
  path: '/secrets',
  role: 'admin',
  summary: 'Tell secrets',
  responses: {},
  handle: () => reply(200),
});

/** A service with a limit of ten that asks for tokens unless told otherwise. */
async function hostLimited({ isOpen = false, auth = authForTest } = {}) {
  const clock = createVirtualClock();
  const hosted = await hostForTest(
    () =>
      serviceWith({
        routes: [...sampleRoutes, forAdmins],
        upgrade: {
          path: '/ws',
          handle: (_, socket) => void socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
          close: async () => undefined,
        },
      }),
    { clock, edge: { rateLimit }, ...(!isOpen && { auth }) },
  );
  const token = (claims: object) => bearer(tokenFor({ ...claims }, clock.now()));
  /** Asks so often, and tells how often it was answered with what. */
  async function ask(times: number, path: string, headers = {}): Promise<Record<number, number>> {
    const statuses: Record<number, number> = {};
    for (let sent = 0; sent < times; sent += 1) {
      const { status } = await hosted.request(path, { headers });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    return statuses;
  }
  async function knock(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const connection = openRawConnection(hosted.url);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    connection.write(
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n${lines.join('')}\r\n`,
    );
    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    return connection.received();
  }
  return { ...hosted, clock, token, ask, knock, [Symbol.asyncDispose]: () => hosted.stop() };
}

describe('who shows no good token', () => {
  it('is told so only as often as the limit says, and then to wait', async () => {
    await using service = await hostLimited();

    expect(await service.ask(5, '/orders/o-1')).toEqual({ 401: 5 });
    expect(await service.ask(6, '/orders/o-1', bearer('x.y.z'))).toEqual({ 401: 5, 429: 1 });
    const refused = await service.request('/orders', { method: 'POST', body: {} });

    expectProblem(refused, 429);
    expect(refused.headers).toMatchObject({ 'retry-after': '60', 'ratelimit-remaining': '0' });
    await service.clock.advance(60_000);
    expect(await service.ask(1, '/orders/o-1')).toEqual({ 401: 1 });
  });

  it('takes nothing from who shows a good one at the same address', async () => {
    await using service = await hostLimited();
    await service.ask(20, '/orders/o-1');

    const { status, headers } = await service.request('/orders/o-1', {
      headers: service.token({ roles: ['reader'] }),
    });

    expect([status, headers['ratelimit-remaining']]).toEqual([200, '9']);
  });

  it('is asked to wait for the issuer only as often, while that is away', async () => {
    const auth: JwtConfig = { mode: 'jwt', jwksUrl: 'http://127.0.0.1:1/', longestLifeMs: 86_400_000 };
    await using service = await hostLimited({ auth });
    const unknown = bearer(signToken({ alg: 'RS256', kid: 'made-up' }, { sub: 'x' }));

    expect(await service.ask(12, '/orders/o-1', unknown)).toEqual({ 503: 10, 429: 2 });
    expect(service.logLines.filter(({ msg }) => msg === 'a request could not be served')).toEqual([]);
  });

  it('gets no WebSocket as often as it likes, either', async () => {
    await using service = await hostLimited();

    for (let sent = 0; sent < 10; sent += 1) expect(await service.knock('/ws')).toContain(' 401 ');

    expect(await service.knock('/ws')).toMatch(/^HTTP\/1.1 429 .*retry-after: 60/s);
    expect(await service.knock('/nowhere')).toContain(' 429 ');
    expect(String((await service.request('/metrics')).body)).toContain(
      'http_problems_total{code="unauthorised"} 10\n',
    );
  });
});

describe('a caller that is known', () => {
  it('may also ask for what it may not have no more often than for the rest', async () => {
    await using service = await hostLimited();
    const headers = service.token({ roles: ['reader'] });

    expect(await service.ask(9, '/secrets', headers)).toEqual({ 403: 9 });
    expect(await service.ask(3, '/orders/o-1', headers)).toEqual({ 200: 1, 429: 2 });
  });

  it('is held to the limit of its requests when it opens WebSockets', async () => {
    await using service = await hostLimited();
    const headers = service.token({ roles: ['reader'] });

    for (let sent = 0; sent < 10; sent += 1) expect(await service.knock('/ws', headers)).toContain(' 101 ');

    expect(await service.knock('/ws', headers)).toContain(' 429 ');
  });

  it('is held to none when it is another service', async () => {
    await using service = await hostLimited();

    const headers = service.token({ roles: ['operator', 'service'] });

    expect(await service.ask(25, '/orders/o-1', headers)).toEqual({ 200: 25 });
    expect(await service.ask(1, '/secrets', headers)).toEqual({ 403: 1 });
  });
});

describe('what is not there', () => {
  it.each([
    ['a path that no route has', '/nowhere', 404],
    ['a method that a path has not', '/orders/o-1/cancel', 405],
  ])('counts like everything else: %s', async (_, path, status) => {
    await using service = await hostLimited({ isOpen: true });

    expect(await service.ask(9, path)).toEqual({ [status]: 9 });
    expect(await service.ask(2, '/orders/o-1')).toEqual({ 200: 1, 429: 1 });
    expect(await service.ask(1, path)).toEqual({ 429: 1 });
  });
});

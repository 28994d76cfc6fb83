import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import { defineRoute, reply, type Role } from '../http/route';
import { expectProblem } from '../testing/expect-problem';
import { hostForTest, type HostedForTest } from '../testing/host-for-test';
import { serviceWith } from '../testing/service-with';
import { authForTest, bearer, signToken, tokenFor } from '../testing/tokens';

const routeOf = (role: Role, isForColleagues = false) =>
  defineRoute({
    method: 'get',
    path: `/${role}${isForColleagues ? '-colleague' : ''}`,
    role,
    isForColleagues,
    summary: 'Say who calls',
    responses: {},
    handle: ({ caller }) => reply(200, { subject: caller.subject ?? null, roles: [...caller.roles] }),
  });

const routes = [
  ...(['public', 'reader', 'writer', 'operator', 'admin'] as const).map((role) => routeOf(role)),
  routeOf('reader', true),
];

describe('a service that asks for tokens', () => {
  let clock: VirtualClock;
  let service: HostedForTest;
  const get = (path: string, token?: string) =>
    service.request(path, token === undefined ? {} : { headers: bearer(token) });
  const token = (claims: object) => tokenFor({ ...claims }, clock.now());

  beforeEach(async () => {
    clock = createVirtualClock();
    service = await hostForTest(
      () =>
        serviceWith({
          routes,
          mount: (app) => {
            app.use('/mounted', (_, response) => void response.send('hello'));
          },
        }),
      { auth: authForTest, clock },
    );
  });
  afterEach(() => service.stop());

  it('tells its routes who calls', async () => {
    expect((await get('/reader', token({ sub: 'ann', roles: ['reader'] }))).body).toEqual({
      subject: 'ann',
      roles: ['public', 'reader'],
    });
    expect((await get('/public', token({ sub: 'ann' }))).body).toEqual({ subject: null, roles: ['public'] });
  });

  it.each(['reader', 'writer', 'operator', 'admin'] as const)(
    'lets a %s do what those below may',
    async (role) => {
      const ranks = ['public', 'reader', 'writer', 'operator', 'admin'];
      for (const [rank, needed] of ranks.entries()) {
        const { status } = await get(`/${needed}`, token({ roles: [role] }));
        expect([needed, status]).toEqual([needed, rank <= ranks.indexOf(role) ? 200 : 403]);
      }
    },
  );

  it('says what is missing: a token, a good one, or a role (RFC 6750)', async () => {
    const missing = await get('/writer');
    const bad = await get('/writer', 'x.y.z');
    const low = await get('/writer', token({ roles: ['reader'] }));

    expectProblem(missing, 401);
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="fanfare"');
    expectProblem(bad, 401);
    expect(bad.headers['www-authenticate']).toMatch(
      /^Bearer realm="fanfare", error="invalid_token", error_desc/,
    );
    expect(expectProblem(low, 403).detail).toBe('this needs the role writer');
    expect(low.headers['www-authenticate']).toBe(
      'Bearer realm="fanfare", error="insufficient_scope", scope="writer"',
    );
  });

  it.each(['Basic YTpi', 'Bearer', 'Bearer ', 'bearer a b', 'Token x', 'Bearer a,b'])(
    'takes no token from "Authorization: %s"',
    async (authorization) => {
      expectProblem(await service.request('/reader', { headers: { authorization } }), 401);
    },
  );

  it('takes no token from a query, a cookie or a body', async () => {
    const good = token({ roles: ['admin'] });
    const cookie = `access_token=${good}; token=${good}`;

    expectProblem(await get(`/reader?access_token=${good}`), 401);
    expectProblem(await service.request('/reader', { headers: { cookie } }), 401);
  });

  it('refuses a request with two tokens, of which others on the way may have looked at the other', async () => {
    const good = token({ roles: ['admin'] });
    const connection = openRawConnection(service.url);
    const lines = [`Authorization: Bearer ${good}`, 'authorization: Bearer other'];

    connection.write(`GET /reader HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    expect(connection.received()).toMatch(/^HTTP\/1.1 400 .*error="invalid_request"/s);
  });

  it('asks nobody who looks at health, metrics or documents', async () => {
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs/']) {
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    }
  });

  it('asks for what is mounted beside its routes', async () => {
    const post = (held: string) => service.request('/mounted', { method: 'POST', headers: bearer(held) });

    expectProblem(await get('/mounted'), 401);
    expectProblem(await get('/docsandmore'), 401);
    expect((await get('/mounted', token({ roles: ['reader'] }))).body).toBe('hello');
    expectProblem(await post(token({ roles: ['reader'] })), 403);
    expect((await post(token({ roles: ['writer'] }))).status).toBe(200);
  });

  it('lets a token of a colleague only where colleagues are told apart', async () => {
    const bound = token({ roles: ['admin'], colleague: 'm/a' });

    expectProblem(await get('/reader', bound), 403);
    expectProblem(await get('/admin', bound), 403);
    expect((await get('/reader-colleague', bound)).status).toBe(200);
    expect((await get('/public', bound)).status).toBe(200);
  });

  it('refuses a token when it has expired, also one that was good a moment ago', async () => {
    const brief = signToken(
      { alg: 'HS256' },
      {
        sub: 'ann',
        roles: ['reader'],
        iat: clock.now().getTime() / 1000,
        exp: clock.now().getTime() / 1000 + 30,
      },
    );

    expect((await get('/reader', brief)).status).toBe(200);
    await clock.advance(29_000);
    expect((await get('/reader', brief)).status).toBe(200);
    await clock.advance(7_000);

    expectProblem(await get('/reader', brief), 401);
  });
});

describe('a service that asks for none', () => {
  it('lets everybody do everything, whatever they bring along', async () => {
    await using service = await hostForTest(() => serviceWith({ routes }));

    const answers = await Promise.all([
      service.request('/admin'),
      service.request('/admin', { headers: bearer('x.y.z') }),
    ]);

    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      Array(2).fill([200, { subject: null, roles: ['public', 'reader', 'writer', 'operator', 'admin'] }]),
    );
  });
});

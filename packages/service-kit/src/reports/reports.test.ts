import type { CloudEvent } from '@fanfare/contracts';
import { AppError, createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { migrateMessaging, openMessageBus } from '@fanfare/messaging';
import { openDatabase, type Database } from '@fanfare/storage';
import type { Service, Worker } from '../hosting/service';
import { HttpProblem } from '../http/problem';
import { defineRoute, reply, type Route } from '../http/route';
import { hostForTest, serviceWith, type HostForTestOptions, type HostedForTest } from '../testing';
import { sampleRoutes, validOrder } from '../testing/sample-routes';
import { authForTest, bearer, signToken, tokenFor } from '../testing/tokens';

const reports = { auditing: true, keepMs: 86_400_000 };

type Event = CloudEvent<Readonly<Record<string, unknown>>>;

interface Reporting extends HostedForTest {
  readonly database: Database;
  events(topic: 'audit' | 'system', headers?: Readonly<Record<string, string>>): Promise<readonly Event[]>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<number>;
}

/** A service with these routes and workers that reports. */
async function hostReporting(
  parts: Partial<Service> = {},
  options: HostForTestOptions = {},
): Promise<Reporting> {
  let database!: Database;
  const hosted = await hostForTest(
    async ({ own, hub, clock }) => {
      database = own(await openDatabase('sqlite::memory:'));
      const bus = own(await openMessageBus('memory:', { hub, clock }));
      return serviceWith({
        routes: sampleRoutes,
        prepare: () => migrateMessaging(database),
        reporting: { service: 'order-service', database, bus },
        ...parts,
      });
    },
    { reports, ...options },
  );
  return {
    ...hosted,
    database,
    async events(topic, headers = {}) {
      const { body } = await hosted.request(`/topics/${topic}-order-service/0?limit=1000`, { headers });
      return (body as { readonly events: readonly Event[] }).events;
    },
    async post(path, body, headers = {}) {
      return (await hosted.request(path, { method: 'POST', body, headers })).status;
    },
    [Symbol.asyncDispose]: () => hosted.stop(),
  };
}

function failing(path: string, error: Error): Route {
  return defineRoute({
    method: 'post',
    path,
    role: 'writer',
    summary: 'Fail',
    responses: {},
    handle: () => {
      throw error;
    },
  });
}

function failuresOf(...statuses: readonly number[]): readonly Route[] {
  return statuses.map((status) => failing(`/${status}`, new HttpProblem(status, 'no')));
}

describe('the audit entry of a call', () => {
  it('tells who did what to which thing, with what, from where, and for which request', async () => {
    await using service = await hostReporting();
    const headers = {
      'x-request-id': 'request-1',
      'user-agent': 'a browser',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };

    await service.post('/orders', validOrder, headers);

    const [entry, ...others] = await service.events('audit');
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      type: 'com.fanfare.audit.log_created.v1',
      source: '/order-service',
      subject: 'anonymous',
      correlationid: 'request-1',
      traceparent: expect.stringMatching(/^00-4bf92f3577b34da6a3ce929d0e0e4736-/) as string,
    });
    expect(entry?.data).toEqual({
      entity_type: 'order',
      entity_id: 'o-1',
      action: 'order.create',
      outcome: 'succeeded',
      changes: { customer_id: '[left out]', quantity: 2 },
      ip_address: expect.stringMatching(/127\.0\.0\.1$/) as string,
      user_agent: 'a browser',
      request_id: 'request-1',
    });
  });

  it('names the caller, and has the caller for its subject', async () => {
    const isAlice = { subject: 'alice', roles: new Set(['writer'] as const) };
    const route = defineRoute({
      method: 'delete',
      path: '/orders/{id}',
      role: 'writer',
      summary: 'Delete',
      responses: {},
      handle: (request) => {
        Object.assign(request, { caller: isAlice });
        return reply(204);
      },
    });
    await using service = await hostReporting({ routes: [route] });

    await service.request('/orders/o-1', { method: 'DELETE' });

    expect(await service.events('audit')).toMatchObject([
      { subject: 'alice', data: { user_id: 'alice', action: 'order.delete', entity_id: 'o-1' } },
    ]);
  });

  it.each([
    ['refused', 400, '/orders', { quantity: -1 }],
    ['refused', 400, '/orders', undefined],
    ['refused', 400, '/orders?unknown=1', validOrder],
    ['refused', 403, '/403', undefined],
    ['refused', 404, '/404', undefined],
    ['refused', 409, '/409', undefined],
    ['failed', 500, '/500', undefined],
    ['failed', 503, '/503', undefined],
  ])('says that the call was %s when the answer is %i: %s', async (outcome, status, path, body) => {
    const routes = failuresOf(403, 404, 409, 503);
    await using service = await hostReporting({
      routes: [...sampleRoutes, ...routes, failing('/500', new TypeError('a bug'))],
    });

    expect(await service.post(path, body)).toBe(status);

    expect(await service.events('audit')).toMatchObject([{ data: { outcome } }]);
  });

  it('is not left by calls without a good token or beyond a limit, which a metric counts', async () => {
    await using service = await hostReporting({ routes: failuresOf(401, 429) });

    expect([await service.post('/401'), await service.post('/429')]).toEqual([401, 429]);

    expect(await service.events('audit')).toEqual([]);
    const metrics = String((await service.request('/metrics')).body);
    expect(metrics).toContain('http_problems_total{code="unauthorised"} 1\n');
    expect(metrics).toContain('http_problems_total{code="too-many-requests"} 1\n');
  });

  it('is left by known callers only, also while nobody can say whose a token is', async () => {
    const auth = { ...authForTest, jwksUrl: 'http://127.0.0.1:1/' };
    await using service = await hostReporting({}, { auth });
    const [reader, operator] = [['reader'], ['operator']].map((roles) =>
      bearer(tokenFor({ sub: 'r', roles })),
    );
    const unknown = bearer(signToken({ alg: 'RS256', kid: 'made-up' }, { sub: 'x' }));

    expect(await service.post('/orders', validOrder, unknown)).toBe(503);
    expect(await service.post('/orders', validOrder, reader)).toBe(403);

    expect(await service.events('audit', operator)).toMatchObject([
      { data: { user_id: 'r', action: 'order.create', outcome: 'refused' } },
    ]);
  });

  it('names what came to exist also by a Location that is not encoded as it should be', async () => {
    const route = defineRoute({
      method: 'post',
      path: '/orders',
      role: 'writer',
      summary: 'Make',
      responses: {},
      handle: () => reply(201, {}, { location: '/orders/100%' }),
    });
    await using service = await hostReporting({ routes: [route] });

    await service.post('/orders');

    expect(await service.events('audit')).toMatchObject([{ data: { entity_id: '100%' } }]);
  });

  it('is there before the answer, also for many calls at once', async () => {
    await using service = await hostReporting();

    await Promise.all(Array.from({ length: 50 }, () => service.post('/orders', validOrder)));

    expect(await service.events('audit')).toHaveLength(50);
  });

  it('is not left by calls that change nothing, and by none when auditing is off', async () => {
    await using service = await hostReporting();
    await service.request('/orders/o-1');
    expect(await service.events('audit')).toEqual([]);

    await using silent = await hostReporting({}, { reports: { ...reports, auditing: false } });
    await silent.post('/orders', validOrder);
    expect(await silent.events('audit')).toEqual([]);
  });

  it('waits for a database that is away, while the call has its answer', async () => {
    await using service = await hostReporting();
    const { transact } = service.database;
    service.database.transact = () => Promise.reject(new AppError('unavailable', 'away'));

    expect(await service.post('/orders', validOrder)).toBe(201);
    service.database.transact = transact;

    await eventually(
      async () => {
        expect(await service.events('audit')).toHaveLength(1);
      },
      { timeoutMs: 10_000 },
    );
  });

  it('is left by at most a hundred refused calls a second; the others are counted and logged', async () => {
    const withinOneMoment = { ...createSystemClock(), elapsedMs: () => 0 };
    await using service = await hostReporting({}, { clock: withinOneMoment });

    await Promise.all(Array.from({ length: 400 }, () => service.post('/orders', {})));

    const { topics } = (await service.request('/ledger')).body as { readonly topics: readonly object[] };
    expect(topics).toContainEqual(expect.objectContaining({ topic: 'audit-order-service', accepted: 100 }));
    const metrics = String((await service.request('/metrics')).body);
    expect(metrics).toContain('\nreports_lost_total{topic="audit"} 300\n');
    expect(service.logLines.some(({ msg }) => msg === 'reports were lost')).toBe(true);
  });
});

describe('what a service tells of itself', () => {
  it('is that it is ready, and that it stops', async () => {
    const service = await hostReporting();
    await eventually(async () => {
      expect(await service.events('system')).toMatchObject([
        {
          type: 'com.fanfare.system.startup.v1',
          subject: 'order-service',
          data: { component: 'order-service', level: 'info', message: 'order-service is ready' },
        },
      ]);
    });
    await service.stop();
  });

  it('is each failure of a request that is its own fault, at most one a second', async () => {
    await using service = await hostReporting({ routes: [failing('/fail', new TypeError('a bug'))] });

    await service.post('/fail', undefined, { 'x-request-id': 'request-1' });
    await Promise.all([1, 2, 3].map(() => service.post('/fail')));

    await eventually(
      async () => {
        const failures = (await service.events('system')).filter(({ type }) => type.includes('error'));
        expect(failures).toMatchObject([
          {
            correlationid: 'request-1',
            data: { level: 'error', message: 'a request for /fail failed: a bug', details: { count: 1 } },
          },
          { data: { details: { error: 'TypeError', count: 3 } } },
        ]);
      },
      { timeoutMs: 10_000 },
    );
  });

  it('is that a worker failed, without the passwords that its error names', async () => {
    const worker: Worker = {
      name: 'sender',
      run: () => Promise.reject(new Error('no way to smtp://me:hush@mail')),
    };
    await using service = await hostReporting({ workers: [worker] });

    await eventually(async () => {
      const told = (await service.events('system')).map(({ data }) => data['message']);
      expect(told).toContain('worker sender failed: no way to smtp://me:[hidden]@mail');
    });
  });

  it('is nothing when the host does not ask for reports', async () => {
    await using service = await hostReporting({}, { reports: undefined });

    expect((await service.request('/topics/system-order-service/0')).status).toBe(404);
  });
});

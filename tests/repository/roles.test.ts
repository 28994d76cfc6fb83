import { allServices } from '@fanfare/all-in-one';
import { createDemoColleagues, readConfig as readColleaguesConfig } from '@fanfare/demo-colleagues';
import { authForTest, bearer, hostForTest, tokenFor, type HostedForTest } from '@fanfare/service-kit/testing';
import { z } from 'zod';

const memory = 'sqlite::memory:';
const names = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'];
const ranks = ['public', 'reader', 'writer', 'operator', 'admin'] as const;

/** What anybody may call though it is no health, metrics or document: receivers show by a secret of their own who they are. */
const openToAll = [
  'get /api/v1/handshakes/{token}',
  'post /api/v1/handshakes/{token}',
  'post /colleagues/{name}',
];

/** A ticket opens what its caller may open anyway. */
const harmless = ['post /api/v1/ws/tickets'];

const description = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ 'x-role': z.enum(ranks) }))),
});

interface DescribedRoute {
  readonly url: string;
  readonly method: string;
  readonly path: string;
  readonly role: (typeof ranks)[number];
}

const titleOf = ({ method, path }: DescribedRoute) => `${method} ${path}`;

function hostSystem(): Promise<HostedForTest> {
  const databases = Object.fromEntries(names.map((name) => [`${name}_DATABASE_URL`, memory]));
  const colleagues = Object.fromEntries(
    ['INVENTORY', 'PAYMENT', 'SHIPPING'].map((name) => [`${name}_DATABASE_URL`, memory]),
  );
  return hostForTest(
    [
      ...allServices({ ...databases, EVENT_LOG_URL: memory }),
      (resources) => createDemoColleagues(readColleaguesConfig(colleagues), resources),
    ],
    { auth: authForTest },
  );
}

describe('who may call what', () => {
  let system: HostedForTest;
  const routes = new Map<string, readonly DescribedRoute[]>();

  beforeAll(async () => {
    system = await hostSystem();
    for (const [service, url] of Object.entries(system.host.urls)) {
      const { paths } = description.parse((await system.request(`${url}/openapi.json`)).body);
      const described = Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, route]) => ({ url, method, path, role: route['x-role'] })),
      );
      routes.set(service, described);
    }
  });
  afterAll(() => system.stop());

  const all = () => [...routes.values()].flat();

  /** The status only: streams have no end. */
  async function call({ url, method, path }: DescribedRoute, roles?: readonly string[]): Promise<number> {
    const hasBody = method !== 'get' && method !== 'delete';
    const response = await fetch(`${url}${path.replace(/\{\w+\}/g, 'x')}`, {
      method: method.toUpperCase(),
      headers: {
        ...(roles && bearer(tokenFor({ roles }))),
        ...(hasBody && { 'content-type': 'application/json' }),
      },
      body: hasBody ? '{}' : null,
    });
    await response.body?.cancel();
    return response.status;
  }

  it.each([
    ...[
      'order-service',
      'analytics-service',
      'event-store',
      'mediator',
      'notification-worker',
      'demo-colleagues',
    ],
  ])(
    'in %s goes by the role of each route: 401 without a token, 403 below the role, else let in',
    async (service) => {
      const described = routes.get(service) ?? [];
      expect(described.length).toBeGreaterThan(8);
      for (const route of described) {
        const needed = ranks.indexOf(route.role);
        const expected = ['public', 'reader', 'writer', 'operator', 'admin'].map((_, rank) =>
          rank >= needed ? 'let in' : rank === 0 ? 401 : 403,
        );
        const answers = [];
        for (const rank of ranks) {
          const status = await call(route, rank === 'public' ? undefined : [rank]);
          answers.push(status === 401 || status === 403 ? status : 'let in');
        }
        // receivers answer 401 themselves, to whoever does not sign
        if (openToAll.includes(titleOf(route))) continue;
        expect([titleOf(route), answers]).toEqual([titleOf(route), expected]);
      }
    },
  );

  it('leaves nothing open to all but health, metrics, documents and those who sign', () => {
    const open = all().filter(({ role }) => role === 'public');
    const expected = [
      'get /health',
      'get /health/live',
      'get /health/ready',
      'get /metrics',
      'get /openapi.json',
    ];

    expect([...new Set(open.map(titleOf))].sort()).toEqual([...expected, ...openToAll].sort());
  });

  it('lets nobody change anything who may only look', () => {
    const changing = all().filter(({ method, role }) => method !== 'get' && role === 'reader');

    expect(changing.map(titleOf).filter((title) => !harmless.includes(title))).toEqual([]);
  });

  it('keeps for operators what puts data, other services or all others at risk', () => {
    const risky =
      /^(get|post|delete) \/dead-letters|\/erase$|event-store\/(verify|export)|\/ledger$|\/log-level$|\/events\/old$|rebuild|^(post|patch|delete) \/api\/v1\/mediators(\/\{name\}(\/definitions.*)?)?$/;
    const low = all().filter((route) => risky.test(titleOf(route)) && ranks.indexOf(route.role) < 3);

    expect(low.map(titleOf)).toEqual([]);
  });

  it('asks for a token before it says that there is nothing', async () => {
    for (const url of Object.values(system.host.urls)) {
      expect((await system.request(`${url}/nothing/here`)).status).toBe(401);
      expect((await system.request(`${url}/docs/`)).status).toBe(200);
    }
  });
});

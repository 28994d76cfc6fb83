import type { TestResponse } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { mediatorKinds, type MediatorKind } from '../src/mediators/mediator';
import { hostMediator, type MediatorForTest } from './host-mediator';

interface Operation {
  readonly 'x-role': string;
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>>;
  };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

interface Described extends Operation {
  /** Upper case. */
  readonly method: string;
  /** With `{name}` and the like. */
  readonly path: string;
}

const wildValues = [
  null,
  true,
  -1,
  1e308,
  '',
  ' ',
  "'; DROP TABLE messages; --",
  'ü\u0000\n',
  [],
  [null],
  {},
  { a: [] },
];
const wildBodies = [
  ...['', '{', 'null', '7', '"text"', '[]', '{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}'],
  `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
];

/** Fields as most bodies that have them need them. */
const fittingValues = {
  id: 'kept',
  name: 'kept',
  type: 'kept',
  sender_id: 'kept',
  recipient_id: 'kept',
  colleague_id: 'kept',
  message: { type: 'kept' },
  content: 'text',
  capacity: 1,
  token: 1,
  steps: [{ id: 'kept', type: 'kept' }],
  result: null,
  wait_ms: 0,
};

/** The kind of mediator that has the route. */
function kindOf(path: string): MediatorKind {
  const collection = /\{name\}\/(\w+)/.exec(path)?.[1];
  if (collection === 'definitions') return 'workflow';
  return mediatorKinds.find((kind) => `${kind}s` === collection) ?? 'message';
}

describeOnEveryDatabase('every route of the mediator', (_, underTest) => {
  let service: MediatorForTest;
  let routes: readonly Described[];

  beforeEach(async () => {
    service = await hostMediator({ DATABASE_URL: await underTest.createUrl() });
    for (const kind of mediatorKinds) await service.begin({ name: `kept-${kind}`, kind }, 'kept');
    const { body } = await service.request('/openapi.json');
    const { paths } = body as { paths: Record<string, Record<string, Operation>> };
    routes = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/v1/'))
      .flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, operation]) => ({
          ...operation,
          method: method.toUpperCase(),
          path,
        })),
      );
  });
  afterEach(() => service.stop());

  /** The path of a route with ids of what is there, unless it would be removed. */
  const fill = ({ method, path }: Described) => {
    const id = method === 'DELETE' ? 'none' : 'kept';
    const ofMediator = method === 'DELETE' && path.endsWith('{name}') ? 'none' : `kept-${kindOf(path)}`;
    return path.replace('mediators/{name}', `mediators/${ofMediator}`).replaceAll(/\{\w+\}/g, id);
  };

  /** Calls a route; whatever it was sent, it has no excuse for a failure of its own. */
  async function call(route: Described, body: unknown, query = ''): Promise<TestResponse> {
    const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
    const request = { method: route.method, ...(hasBody && { body }) };
    const answer = await service.request(`${fill(route)}${query}`, request);
    const sent = JSON.stringify({ path: route.path, query, ...request }).slice(0, 500);
    if (answer.status >= 500) expect({ sent, answer: answer.body }).toBe('no failure');
    return answer;
  }

  it('lets readers look, writers change and take, and operators make mediators and definitions', () => {
    const forOperators = /^(POST|PATCH|DELETE) \/api\/v1\/mediators(\/\{name\}(\/definitions.*)?)?$/;
    const takes = /^GET .*\/colleagues\/\{\w+\}\/messages$/;
    // a ticket opens what its caller may open anyway
    const changesNothing = /^POST \/api\/v1\/ws\/tickets$/;

    for (const { method, path, 'x-role': role } of routes) {
      const route = `${method} ${path}`;
      const looks = method === 'GET' ? !takes.test(route) : changesNothing.test(route);
      expect([route, role]).toEqual([
        route,
        forOperators.test(route) ? 'operator' : looks ? 'reader' : 'writer',
      ]);
    }
  });

  it('refuses parameters that it does not know', async () => {
    for (const route of routes) {
      const { status } = await call(route, {}, '?no_such_parameter=1');
      expect({ route: `${route.method} ${route.path}`, status }).toMatchObject({ status: 400 });
    }
  });

  it('survives parameters of every kind', async () => {
    for (const route of routes) {
      for (const { name } of (route.parameters ?? []).filter((parameter) => parameter.in === 'query')) {
        if (name === 'wait_ms') continue;
        for (const value of ['', '-1', '1e9', 'a', '%00', '%F0%9F%98%80', "'--", 'x'.repeat(2_000)]) {
          await call(route, {}, `?${name}=${value}`);
        }
      }
    }
  });

  it('survives bodies of every kind', async () => {
    for (const route of routes) {
      for (const body of wildBodies) await call(route, body);
    }
  });

  it('survives fields of every kind, beside others that fit', async () => {
    let tried = 0;
    for (const route of routes) {
      const schema = route.requestBody?.content['application/json']?.schema;
      const fields = Object.keys(schema?.properties ?? {});
      const body = Object.fromEntries(
        Object.entries(fittingValues).filter(([field]) => fields.includes(field)),
      );
      for (const field of fields) {
        if (field === 'wait_ms') continue;
        for (const value of wildValues) await call(route, { ...body, [field]: value });
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(routes.length);
  });
});

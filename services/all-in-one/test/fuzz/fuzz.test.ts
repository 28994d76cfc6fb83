import { mediatorKinds } from '@fanfare/mediator';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import * as fc from 'fast-check';
import { allServices } from '../../src';
import { arbitraryRequest, type FuzzRequest } from './arbitrary-request';
import { readOperations, type Operation } from './read-operations';

/** Requests to each route, the same each time: `FUZZ_RUNS` has more of them, `FUZZ_SEED` others. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 12);
const seed = Number(process.env['FUZZ_SEED'] ?? 65);

const memory = 'sqlite::memory:';
const env = {
  EVENT_LOG_URL: memory,
  ORDER_DATABASE_URL: memory,
  ANALYTICS_DATABASE_URL: memory,
  EVENT_STORE_DATABASE_URL: memory,
  MEDIATOR_DATABASE_URL: memory,
  NOTIFICATION_DATABASE_URL: memory,
};

/** What only the inside of a service says: of its database, its files, its stack. */
const inside = /sqlite|mysql|mongo|\bSELECT\b|\bINSERT\b|node_modules|\.[jt]s:\d|\bat [\w.<>]+ \(/i;
/** Some routes wait, or never end: then it is enough that they have begun. */
const patienceMs = 1_000;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(
  url: string,
  method: string,
  { headers, body }: FuzzRequest,
): Promise<Answer | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const init = { method, headers: { 'content-type': 'application/json', ...headers }, signal };
    const response = await fetch(url, { ...init, body: body ?? null });
    const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isEndless) await response.body?.cancel();
    const text = isEndless ? '' : await response.text();
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function toPath({ path }: Operation, request: FuzzRequest, known: readonly string[]): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = request.path[name] ?? '';
    const id = typeof value === 'number' ? (known[value % known.length] ?? 'a') : value;
    return id === '%zz' ? id : encodeURIComponent(Buffer.from(id).toString());
  });
  return request.query === '' ? filled : `${filled}?${request.query}`;
}

const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, total_amount: 9.5 };

/** What is deleted first nobody else meets. */
function deletingLast(operations: readonly Operation[]): readonly Operation[] {
  return operations.toSorted(
    (left, right) => Number(left.method === 'DELETE') - Number(right.method === 'DELETE'),
  );
}

/** Puts something into a service that requests may meet, and returns its ids. */
async function furnish(system: HostedForTest, url: string): Promise<readonly string[]> {
  const post = async (path: string, body: object) => {
    const answer = await system.request(`${url}${path}`, { method: 'POST', body });
    const { id } = answer.body as { readonly id?: unknown };
    return typeof id === 'string' ? [id] : [];
  };
  for (const kind of mediatorKinds) {
    await post('/api/v1/mediators', { name: kind, kind });
    await post(`/api/v1/mediators/${kind}/colleagues`, { id: 'a', name: 'A', type: 'service' });
  }
  await post('/api/v1/aggregates', { type: 'custom', id: 'a', initial_state: {} });
  await post('/api/v1/observers', { id: 'a', event_types: ['*'] });
  return ['a', 'order.created', ...mediatorKinds, ...(await post('/orders', order))];
}

describe('whatever is sent to its routes', () => {
  let system: HostedForTest;

  beforeAll(async () => {
    system = await hostForTest(allServices(env));
  });

  afterAll(() => system.stop());

  it.each(['order-service', 'analytics-service', 'event-store', 'mediator', 'notification-worker'])(
    '%s neither fails nor tells of its inside, takes no header and no prototype from it, and lives on',
    async (service) => {
      const url = system.host.urls[service] ?? '';
      const { body: document } = await system.request(`${url}/openapi.json`);
      /** Of what there is by now, so that requests get beyond the first look. */
      const known = [...(await furnish(system, url))];
      for (const operation of deletingLast(readOperations(document))) {
        await fc.assert(
          fc.asyncProperty(arbitraryRequest(operation), async (request) => {
            const path = toPath(operation, request, known);
            const answer = await send(`${url}${path}`, operation.method, request);
            if (!answer) return;
            const { status, headers, text } = answer;
            for (const [, id = ''] of text.slice(0, 10_000).matchAll(/"(?:id|name)":"([^"\\]+)"/g))
              known.push(id);
            const seen = { request: `${operation.method} ${path}`, status, text };
            if (status >= 500) expect(seen).toMatchObject({ status: 'below 500' });
            if (status >= 400)
              expect(seen).toMatchObject({ text: expect.not.stringMatching(inside) as string });
            expect(headers.get('x-injected')).toBeNull();
            expect(Reflect.has({}, 'polluted')).toBe(false);
          }),
          { numRuns, seed, endOnFailure: true },
        );
      }

      expect(await system.request(`${url}/health/live`)).toMatchObject({ status: 200 });
      const forged = system.logLines.filter(({ msg }) => msg === 'forged');
      expect(forged).toEqual([]);
    },
    120_000,
  );
});

import { reportingServices, topicOfService, type CloudEvent } from '@fanfare/contracts';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { allServices } from '../src';

const memory = 'sqlite::memory:';
const changing = ['post', 'put', 'patch', 'delete'];

/** What can be done to things. Who adds a route with another word looks here whether its entries say what it does. */
const verbs = [
  ...['create', 'update', 'delete', 'append', 'publish', 'truncate', 'erase'],
  ...['start', 'stop', 'pause', 'resume', 'cancel', 'retry', 'redrive', 'reset', 'test', 'permit'],
  ...[
    'ack',
    'nack',
    'reply',
    'read',
    'broadcast',
    'claim',
    'renew',
    'release',
    'complete',
    'fail',
    'heartbeat',
  ],
];

type Entry = CloudEvent<{
  readonly action: string;
  readonly entity_type: string;
  readonly entity_id?: string;
}>;

describe('in the audit trail', () => {
  let system: HostedForTest;
  beforeAll(async () => {
    const env = {
      EVENT_LOG_URL: memory,
      ORDER_DATABASE_URL: memory,
      ANALYTICS_DATABASE_URL: memory,
      EVENT_STORE_DATABASE_URL: memory,
      MEDIATOR_DATABASE_URL: memory,
      NOTIFICATION_DATABASE_URL: memory,
    };
    system = await hostForTest(allServices(env), { reports: { auditing: true, keepMs: 86_400_000 } });
  });
  afterAll(() => system.stop());

  async function changingRoutes(url: string): Promise<readonly (readonly [string, string])[]> {
    const { body } = await system.request(`${url}/openapi.json`);
    const { paths } = body as { readonly paths: Readonly<Record<string, object>> };
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => changing.includes(method))
        .map((method) => [method.toUpperCase(), path] as const),
    );
  }

  /** All entries but the first `known`. */
  async function entriesAfter(known: number, service: string, url: string): Promise<readonly Entry[]> {
    const feed = `${url}/topics/${topicOfService('audit', service)}/0?from=${known + 1}&limit=1000`;
    const { body } = await system.request(feed);
    return (body as { readonly events: readonly Entry[] }).events;
  }

  it.each(reportingServices)(
    'each changing route of %s leaves one entry, that says what it does to what',
    async (service) => {
      const url = system.host.urls[service] ?? '';
      let known = 0;
      for (const [method, path] of await changingRoutes(url)) {
        await system.request(`${url}${path.replaceAll('{', 'a-').replaceAll('}', '')}`, { method, body: {} });

        const entries = await entriesAfter(known, service, url);
        expect({ method, path, entries }).toMatchObject({ entries: [{ source: `/${service}` }] });
        known += 1;
        for (const { data } of entries) {
          const [entity, verb] = data.action.split('.');
          expect({ method, path, entity }).toEqual({ method, path, entity: data.entity_type });
          expect(verbs).toContain(verb);
          const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `a-${name ?? ''}`);
          const isSecret = path.endsWith('{token}');
          expect(data.entity_id ?? '').toMatch(isSecret ? /^$/ : new RegExp(`^${named.join('/')}`));
        }
      }
      expect(known).toBeGreaterThan(4);
    },
  );
});

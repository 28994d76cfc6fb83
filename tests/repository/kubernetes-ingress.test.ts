import { readText } from './support/checkout';
import { hostSystem, readOperations } from './support/hosted-system';
import { environmentIn, find } from './support/manifests';

/** What is about a service itself: not for the one address. Of what the mediator has too, the event store's is reached. */
const inside = /^\/(health|metrics|ledger|topics|dead-letters|log-level|openapi\.json|privacy)\b/;
const shadowed = ['mediator /ws', 'mediator /api/v1/ws/tickets', 'mediator /api/v1/info'];

describe('the one address for all services', () => {
  const paths = find('Ingress', 'fanfare').spec.rules[0].http.paths;
  let routes: readonly { service: string; path: string }[];
  beforeAll(async () => {
    await using system = await hostSystem();
    routes = [...(await readOperations(system))].flatMap(([service, operations]) =>
      operations.map((operation) => ({ service, path: operation.replace(/^\w+ /, '') })),
    );
  }, 60_000);

  /** The service that the Ingress picks: the longest prefix wins. */
  function pick(path: string): string | undefined {
    const fitting = paths.filter(
      (one) => path === one.path || (one.pathType === 'Prefix' && path.startsWith(`${one.path}/`)),
    );
    return fitting.sort((left, right) => right.path.length - left.path.length)[0]?.backend.service.name;
  }

  it('leads to each route of the API, whoever may call it, and to none that is about a service itself', () => {
    const expected = ({ service, path }: { service: string; path: string }) => {
      if (inside.test(path)) return undefined;
      return shadowed.includes(`${service} ${path}`) ? 'event-store' : service;
    };

    expect(routes.length).toBeGreaterThan(100);
    expect(routes.filter((route) => pick(route.path) !== expected(route))).toEqual([]);
  });

  it('leads nobody past a role: callers of the services behind it need a token', () => {
    const modes = paths.map(({ backend }) => environmentIn(backend.service.name)['AUTH_MODE']);

    expect(modes).toEqual(paths.map(() => 'jwt'));
  });

  it('names ports that services have', () => {
    for (const { backend } of paths) {
      const [{ name }] = find('Service', backend.service.name).spec.ports;
      expect(backend.service.port.name).toBe(name);
    }
  });

  it('is the same in the Caddyfile, where what is more special stands first', () => {
    const caddyfile = readText('deploy/gateway/Caddyfile');
    const handles = [
      ...caddyfile.matchAll(/@(\w+) path (.+)\n\thandle @\1 \{\n\t\treverse_proxy (\S+):(\d+)\n/g),
    ];

    const there = handles.flatMap(([, , matched = '', service = '', port = '']) => {
      expect(find('Service', service).spec.ports[0].port).toBe(Number(port));
      return matched.split(' ').map((path) => `${path} ${service}`);
    });

    const here = paths.flatMap(({ path, pathType, backend: { service } }) =>
      [path, ...(pathType === 'Prefix' ? [`${path}/*`] : [])].map((one) => `${one} ${service.name}`),
    );
    const shadowing = there.filter((one, index) => {
      const [prefix, wildcard] = one.split('* ');
      return wildcard !== undefined && there.slice(index + 1).some((later) => later.startsWith(prefix ?? ''));
    });
    expect([...there].sort()).toEqual(here.sort());
    expect(shadowing).toEqual([]);
    expect(caddyfile.match(/reverse_proxy/g)).toHaveLength(handles.length);
  });
});

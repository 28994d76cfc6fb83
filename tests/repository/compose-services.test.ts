import { exists, readText } from './support/checkout';
import { fail, findService, imageOf, publishedPorts } from './support/compose';
import type { ComposeService } from './support/compose-file';
import { environmentOf, parseDockerfile } from './support/dockerfile';
import { ourServices } from './support/our-services';
import { variablesReadBySources } from './support/variables';

/** The account and the database that a container makes for itself at its first start. */
function accountOf({ environment: env }: ComposeService) {
  return {
    user: env['MYSQL_USER'] ?? env['RABBITMQ_DEFAULT_USER'] ?? env['MONGO_INITDB_ROOT_USERNAME'] ?? '',
    password:
      env['MYSQL_PASSWORD'] ?? env['RABBITMQ_DEFAULT_PASS'] ?? env['MONGO_INITDB_ROOT_PASSWORD'] ?? '',
    database: env['MYSQL_DATABASE'],
  };
}

/** Whose events each service asks for. */
const feedsOf: Readonly<Record<(typeof ourServices)[number]['name'], readonly string[]>> = {
  'order-service': ['event-store', 'mediator'],
  'analytics-service': ['event-store', 'order-service', 'event-store'],
  'event-store': ['order-service', 'notification-worker', 'mediator', 'analytics-service'],
  mediator: ['order-service', 'event-store'],
  'notification-worker': ['event-store', 'order-service'],
};

/** The environment in which a service of ours runs: the image's, and the compose file's above it. */
const image = environmentOf(parseDockerfile(readText('deploy/Dockerfile')).at(-1) ?? fail('no stage'));
const configOf = ({ name, read }: (typeof ourServices)[number]) =>
  read({ ...image, ...findService(name).environment });

describe.each(ourServices)('$name in docker-compose.yml', (ours) => {
  const service = findService(ours.name);

  it('has an environment that its own configuration accepts, on the port that is published', () => {
    const { host, port } = configOf(ours);

    expect(publishedPorts(service)).toEqual([[port, port]]);
    expect(host).toBe('0.0.0.0');
    // what the health check of the image asks
    expect(service.environment['SERVICE_PORT']).toBe(String(port));
  });

  it('is given no variable that nobody reads', () => {
    const known = variablesReadBySources();

    expect(Object.keys({ ...service.environment, ...image }).filter((name) => !known.has(name))).toEqual([
      'NODE_ENV',
      'SERVICE',
    ]);
  });

  it('uses servers of this file, under the account and database that they make for it', () => {
    const servers = configOf(ours).urls.map((text) => new URL(text));

    expect(servers.map(({ protocol }) => protocol)).toEqual(expect.arrayContaining(['mysql:', 'amqp:']));
    for (const url of servers) {
      if (url.protocol === 'http:') continue;
      const { kind, ports } = imageOf(findService(url.hostname));
      const scheme = url.protocol.slice(0, -1);
      const { user, password, database } = accountOf(findService(url.hostname));
      expect(ports).toMatchObject({ [scheme]: Number(url.port) });
      expect([url.username, url.password].map(decodeURIComponent)).toEqual([user, password]);
      if (kind === 'mysql') expect(url.pathname).toBe(`/${database ?? ''}`);
    }
  });

  it('asks services of this file for events, on the port where they listen', () => {
    const feeds = Object.values(service.environment)
      .filter((text) => text.startsWith('http:'))
      .map((text) => new URL(text));

    expect(feeds.map(({ hostname }) => hostname)).toEqual(feedsOf[ours.name]);
    for (const { hostname, port } of feeds) {
      const owner = ourServices.find(({ name }) => name === hostname) ?? fail(`no service ${hostname}`);
      expect(Number(port)).toBe(configOf(owner).port);
    }
  });

  it('waits until every server that it uses is healthy, and for no other service of ours', () => {
    const used = configOf(ours)
      .urls.map((text) => new URL(text))
      .filter(({ protocol }) => protocol !== 'http:');

    expect(Object.keys(service.depends_on).sort()).toEqual(
      [...new Set(used.map(({ hostname }) => hostname))].sort(),
    );
    for (const [name, { condition }] of Object.entries(service.depends_on)) {
      expect(condition).toBe('service_healthy');
      expect(findService(name).healthcheck).toBeDefined();
    }
  });

  it('runs a file that the build makes', () => {
    const [program, file = '', ...rest] = service.command ?? [];

    expect([program, ...rest]).toEqual(['node']);
    expect(file).toBe(`services/${ours.name}/dist/main.js`);
    expect(exists(`services/${ours.name}/src/main.ts`)).toBe(true);
    expect(readText('tsconfig.json')).toContain(`"services/${ours.name}"`);
  });

  it('is built from files that exist, and given time to finish what it has begun', () => {
    const { context = '', dockerfile = '' } = service.build ?? {};

    expect(exists(context)).toBe(true);
    expect(exists(dockerfile)).toBe(true);
    // a service stops within 10 s; Compose kills it after 10 s unless told otherwise
    expect(Number.parseInt(service.stop_grace_period ?? '10s')).toBeGreaterThan(10);
  });
});

describe('databases in docker-compose.yml', () => {
  it('belong to one service each, and so do their users', () => {
    const urls = ourServices.flatMap((ours) => configOf(ours).urls.filter((url) => url.startsWith('mysql:')));
    const owners = urls.map((text) => new URL(text));

    for (const key of ['hostname', 'username', 'pathname'] as const) {
      expect(new Set(owners.map((url) => url[key])).size).toBe(ourServices.length);
    }
  });
});

import {
  interpolate,
  parseCompose,
  readComposeSource,
  type ComposeFile,
  type ComposeService,
} from './support/compose-file';
import { exists, readText } from './support/checkout';
import { environmentOf, parseDockerfile } from './support/dockerfile';
import { ourServices } from './support/our-services';
import { variablesReadBySources } from './support/variables';

const source = readText('docker-compose.yml');
const compose: ComposeFile = parseCompose(source);
const entries = Object.entries(compose.services);
const isOurs = (name: string) => ourServices.some((service) => service.name === name);
const stores = entries.filter(([name]) => !isOurs(name));

/** What a container of each kind listens on and where its image keeps data; a cache shall forget. */
const images = {
  mysql: { ports: { mysql: 3306 }, data: '/var/lib/mysql' },
  redis: { ports: { redis: 6379 }, data: undefined },
  rabbitmq: { ports: { amqp: 5672, management: 15672 }, data: '/var/lib/rabbitmq' },
  mongo: { ports: { mongodb: 27017 }, data: '/data/db' },
  'apache/kafka': { ports: { kafka: 9092, forThisMachine: 29092 }, data: '/var/lib/kafka/data' },
  'prom/prometheus': { ports: { http: 9090 }, data: '/prometheus' },
  // all that it shows is in this checkout
  'grafana/grafana': { ports: { http: 3000 }, data: undefined },
  caddy: { ports: { http: 8000 }, data: undefined },
};
type Kind = keyof typeof images;
const isKind = (name: string): name is Kind => Object.hasOwn(images, name);

function find(name: string): ComposeService {
  const service = compose.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

function imageOf(service: ComposeService) {
  const [kind = ''] = service.image.split(':');
  if (!isKind(kind)) throw new Error(`unknown image ${service.image}`);
  return { kind, ...images[kind] };
}

/** The account and the database that a container makes for itself at its first start. */
function accountOf({ environment: env }: ComposeService) {
  return {
    user: env['MYSQL_USER'] ?? env['RABBITMQ_DEFAULT_USER'] ?? env['MONGO_INITDB_ROOT_USERNAME'] ?? '',
    password:
      env['MYSQL_PASSWORD'] ?? env['RABBITMQ_DEFAULT_PASS'] ?? env['MONGO_INITDB_ROOT_PASSWORD'] ?? '',
    database: env['MYSQL_DATABASE'],
  };
}

/** What a container mounts: volumes by their names, files of this checkout by their paths. */
const mountsOf = ({ volumes }: ComposeService) =>
  volumes.map((volume) => {
    const [from = '', to = '', mode] = volume.split(':');
    return { from, to, mode, isFile: from.startsWith('./') };
  });

const publishedPorts = ({ ports }: ComposeService) =>
  ports.map((port) => port.split(':').slice(-2).map(Number) as [host: number, container: number]);

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
  read({ ...image, ...find(name).environment });

function fail(message: string): never {
  throw new Error(message);
}

describe('docker-compose.yml', () => {
  const mounts = entries.flatMap(([, service]) => mountsOf(service));

  it('has our services under the names that the guides type', () => {
    expect(entries.map(([name]) => name).filter(isOurs)).toEqual([
      'order-service',
      'analytics-service',
      'event-store',
      'mediator',
      'notification-worker',
    ]);
    expect(stores.map(([, service]) => imageOf(service).kind).sort()).toEqual([
      'apache/kafka',
      'caddy',
      'grafana/grafana',
      'mongo',
      'mysql',
      'mysql',
      'mysql',
      'mysql',
      'mysql',
      'prom/prometheus',
      'rabbitmq',
      'redis',
    ]);
  });

  it('publishes on the loopback address only, and no port twice', () => {
    const published = entries.flatMap(([, { ports }]) => ports);

    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const hostPorts = entries.flatMap(([, service]) => publishedPorts(service).map(([port]) => port));
    expect(new Set(hostPorts).size).toBe(hostPorts.length);
  });

  it('publishes the services, and the management of RabbitMQ, on the ports that the guides name', () => {
    expect(publishedPorts(find('order-service'))).toEqual([[8080, 8080]]);
    expect(publishedPorts(find('analytics-service'))).toEqual([[8081, 8081]]);
    expect(publishedPorts(find('event-store'))).toEqual([[8082, 8082]]);
    expect(publishedPorts(find('mediator'))).toEqual([[8083, 8083]]);
    expect(publishedPorts(find('notification-worker'))).toEqual([[8084, 8084]]);
    expect(publishedPorts(find('rabbitmq'))).toContainEqual([15672, 15672]);
  });

  it('takes every password from a variable with a default', () => {
    const texts = collectTexts(readComposeSource(source));
    const isSecret = ({ key }: { key: string }) => /PASS|SECRET|TOKEN/.test(key);
    const passwordsInUrls = texts.flatMap(({ text }) =>
      [...text.matchAll(/\/\/(?:\$\{[^}]*\}|[^:/@$])*:(\S*)@/g)].map(([, password]) => password),
    );
    const passwords = [...texts.filter(isSecret).map(({ text }) => text), ...passwordsInUrls];

    expect(passwords.length).toBeGreaterThanOrEqual(22);
    expect(passwords.filter((password) => !/^\$\{[A-Z_]+:-[^}]*\}$/.test(password ?? ''))).toEqual([]);
  });

  it.each(entries)('brings %s back after a crash and limits its memory', (_name, { restart, deploy }) => {
    expect(restart).toBe('unless-stopped');
    expect(deploy?.resources.limits?.memory).toBeDefined();
  });

  it('declares each volume that is mounted, and no other', () => {
    const mounted = mounts.filter(({ isFile }) => !isFile).map(({ from }) => from);

    expect(Object.keys(compose.volumes).sort()).toEqual(mounted.sort());
  });

  it('mounts files of this checkout only where they exist, and never to be written', () => {
    const files = mounts.filter(({ isFile }) => isFile);

    expect(files.filter(({ from, mode }) => !exists(from) || mode !== 'ro')).toEqual([]);
  });

  it('names a version of each image that it does not build', () => {
    expect(stores.filter(([, store]) => !/:v?\d/.test(store.image))).toEqual([]);
  });
});

describe.each(stores)('%s in docker-compose.yml', (_name, store) => {
  it('keeps its data in a volume, unless it is a cache', () => {
    const { data } = imageOf(store);
    const folders = mountsOf(store)
      .filter(({ isFile }) => !isFile)
      .map(({ to }) => to);

    expect(folders).toEqual(data === undefined ? [] : [data]);
  });

  it('is checked for health, fast enough not to hold up the start', () => {
    const { interval, timeout, retries } = store.healthcheck ?? fail('no health check');

    expect(Number.parseInt(interval ?? '30s')).toBeLessThanOrEqual(5);
    expect([timeout, retries]).not.toContain(undefined);
  });

  it('publishes ports that its image listens on', () => {
    const listening: readonly number[] = Object.values(imageOf(store).ports);

    expect(publishedPorts(store).filter(([, container]) => !listening.includes(container))).toEqual([]);
  });
});

describe.each(ourServices)('$name in docker-compose.yml', (ours) => {
  const service = find(ours.name);

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
      const { kind, ports } = imageOf(find(url.hostname));
      const scheme = url.protocol.slice(0, -1);
      const { user, password, database } = accountOf(find(url.hostname));
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
      expect(find(name).healthcheck).toBeDefined();
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

describe('a compose file that nobody could start', () => {
  it.each([
    ['a key that Compose does not know', 'name: x\nservises: {}\nservices: {}\nvolumes: {}'],
    [
      'a service key that is misspelt',
      "name: x\nservices: { a: { image: 'b', port: ['1:1'] } }\nvolumes: {}",
    ],
    ['a variable without a default', "name: x\nservices: { a: { image: '${IMAGE}' } }\nvolumes: {}"],
    [
      'a dollar that is not doubled',
      "name: x\nservices: { a: { image: b, hostname: '$HOME' } }\nvolumes: {}",
    ],
    [
      'a health check that is neither a command nor a shell line',
      'name: x\nservices: { a: { image: b, healthcheck: { test: [ping] } } }\nvolumes: {}',
    ],
    [
      'a duration without a unit',
      "name: x\nservices: { a: { image: b, stop_grace_period: '15' } }\nvolumes: {}",
    ],
    ['a service twice', 'name: x\nservices:\n  a: { image: b }\n  a: { image: c }\nvolumes: {}'],
  ])('is refused: %s', (_mistake, text) => {
    expect(() => parseCompose(text)).toThrow();
  });

  it('is told from one that reads its variables as Compose does', () => {
    expect(interpolate('${A:-x}:${B:-}@$${C}')).toBe('x:@${C}');
  });
});

function collectTexts(value: unknown, key = ''): readonly { key: string; text: string }[] {
  if (typeof value === 'string') return [{ key, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => collectTexts(item, name));
}

import { exists, readText } from './support/checkout';
import { compose, fail, findService, imageOf, publishedPorts } from './support/compose';
import { readComposeSource, type ComposeService } from './support/compose-file';
import { ourServices } from './support/our-services';

const entries = Object.entries(compose.services);
const isOurs = (name: string) => ourServices.some((service) => service.name === name);
const stores = entries.filter(([name]) => !isOurs(name));

/** What a container mounts: volumes by their names, files of this checkout by their paths. */
const mountsOf = ({ volumes }: ComposeService) =>
  volumes.map((volume) => {
    const [from = '', to = '', mode] = volume.split(':');
    return { from, to, mode, isFile: from.startsWith('./') };
  });

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
    expect(publishedPorts(findService('order-service'))).toEqual([[8080, 8080]]);
    expect(publishedPorts(findService('analytics-service'))).toEqual([[8081, 8081]]);
    expect(publishedPorts(findService('event-store'))).toEqual([[8082, 8082]]);
    expect(publishedPorts(findService('mediator'))).toEqual([[8083, 8083]]);
    expect(publishedPorts(findService('notification-worker'))).toEqual([[8084, 8084]]);
    expect(publishedPorts(findService('rabbitmq'))).toContainEqual([15672, 15672]);
  });

  it('takes every password from a variable with a default', () => {
    const texts = collectTexts(readComposeSource(readText('docker-compose.yml')));
    const isSecret = ({ key }: { key: string }) => /PASS|SECRET|TOKEN/.test(key);
    const passwordsInUrls = texts.flatMap(({ text }) =>
      [...text.matchAll(/\/\/(?:\$\{[^}]*\}|[^:/@$])*:(\S*)@/g)].map(([, password]) => password),
    );
    const passwords = [...texts.filter(isSecret).map(({ text }) => text), ...passwordsInUrls];

    expect(passwords.length).toBeGreaterThanOrEqual(22);
    expect(passwords.filter((password) => !/^\$\{[A-Z_]+:-[^}]*\}$/.test(password ?? ''))).toEqual([]);
  });

  it('puts no password on the command line of a program', () => {
    const lines = entries.flatMap(([, { command = [], healthcheck }]) => [
      ...command,
      ...(healthcheck?.test.slice(1) ?? []),
    ]);
    const withoutVariables = lines.map((line) => line.replaceAll(/\b[A-Z_]+="\$[A-Z_]+"/g, ''));

    expect(withoutVariables.filter((line) => /pass/i.test(line))).toEqual([]);
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

function collectTexts(value: unknown, key = ''): readonly { key: string; text: string }[] {
  if (typeof value === 'string') return [{ key, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => collectTexts(item, name));
}

import { readText } from './support/checkout';
import { compose, findService } from './support/compose';

/** The oldest version of each server that the guides allow. */
const oldest = { mysql: 8, mongo: 4.4, redis: 6, 'apache/kafka': 2.8 };

describe('the servers in docker-compose.yml', () => {
  it.each(Object.entries(oldest))(
    'are of a version that the guides allow: %s, from %d on',
    (kind, needed) => {
      const versions = Object.values(compose.services)
        .filter(({ image }) => image.startsWith(`${kind}:`))
        .map(({ image }) => Number.parseFloat(image.slice(kind.length + 1)));

      expect(versions).not.toEqual([]);
      expect(versions.filter((version) => version < needed)).toEqual([]);
    },
  );
});

describe('kafka in docker-compose.yml', () => {
  const { environment, ports, volumes } = findService('kafka');
  const listenersIn = (variable: string) =>
    Object.fromEntries(
      (environment[variable] ?? '').split(',').map((listener) => listener.split('://') as [string, string]),
    );

  it('tells its clients an address where they reach it, within the containers and from this machine', () => {
    const listening = listenersIn('KAFKA_LISTENERS');
    const told = listenersIn('KAFKA_ADVERTISED_LISTENERS');

    expect(`kafka://${told['SERVICES'] ?? ''}`).toBe(findService('event-store').environment['STREAM_URL']);
    expect(told['SERVICES']).toBe(`kafka${listening['SERVICES'] ?? ''}`);
    const [published = '', listened] = ports.map((port) => port.split(':').slice(-2)).flat();
    expect([told['HOST'], listening['HOST']]).toEqual([`localhost:${published}`, `:${listened ?? ''}`]);
  });

  it('gives each listener a protocol', () => {
    const protocols = (environment['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP'] ?? '').split(',');

    expect(protocols.map((entry) => entry.split(':')[0]).sort()).toEqual(
      Object.keys(listenersIn('KAFKA_LISTENERS')).sort(),
    );
  });

  it('is a cluster by itself, and stays the same one after its container is made anew', () => {
    expect(environment['KAFKA_PROCESS_ROLES']).toBe('broker,controller');
    expect(environment['CLUSTER_ID']).toMatch(/^[\w-]{22}$/);
    expect(volumes).toEqual([`kafka:${environment['KAFKA_LOG_DIRS'] ?? ''}`]);
  });
});

describe('prometheus in docker-compose.yml', () => {
  const { ports, volumes } = findService('prometheus');

  it('reads its settings from this checkout, where its image looks for them', () => {
    expect(volumes).toContain('./deploy/prometheus:/etc/prometheus:ro');
  });

  it('is published on the port that the readme names', () => {
    expect(ports).toEqual(['127.0.0.1:9090:9090']);
    expect(readText('README.md')).toContain('http://localhost:9090');
  });
});

describe('rabbitmq in docker-compose.yml', () => {
  it('keeps its host name, after which its data folder is named', () => {
    expect(findService('rabbitmq').hostname).toBeDefined();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig as readEventStoreConfig } from '@fanfare/event-store';
import { readConfig as readMediatorConfig } from '@fanfare/mediator';
import { type ConfigError, readEnvironment, type Environment } from '@fanfare/service-kit';
import { parse } from 'yaml';
import { configKeys } from '../../packages/service-kit/src/config-file/keys';
import { readConfigFile } from '../../packages/service-kit/src/config-file/read-config-file';
import { hostSettings } from '../../packages/service-kit/src/hosting/host-settings';
import { readText } from './support/checkout';
import { variablesReadBySources } from './support/variables';

const folder = 'tests/repository/documented-configs';
const documented = ['event-sourcing.yaml', 'mediator.yaml'] as const;
const keys = Object.entries(configKeys);

/** The paths of everything in a YAML file that is no section. */
function pathsIn(section: object, prefix = ''): readonly string[] {
  return Object.entries(section).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? pathsIn(value, `${prefix}${name}.`)
      : [prefix + name],
  );
}

describe('the keys of the YAML files', () => {
  it.each(documented)('of %s have a meaning, or a reason why they have none', (file) => {
    const paths = pathsIn(parse(readText(`${folder}/${file}`)) as object);

    expect(paths.length).toBeGreaterThan(30);
    expect(paths.filter((key) => !(key in configKeys))).toEqual([]);
  });

  it('cover every section that the document of the observers names', () => {
    const titles = readText(`${folder}/observers.md`).matchAll(/^- \*\*(\w+)\*\*/gm);
    const sections = Array.from(titles, ([, title = '']) =>
      title === 'EventStore' ? 'event_store' : title.toLowerCase(),
    );

    expect(sections).toHaveLength(7);
    for (const section of sections) {
      expect(keys.map(([key]) => key)).toContainEqual(expect.stringMatching(`^${section}\\.`));
    }
  });

  it('stand for variables that are read', () => {
    const read = variablesReadBySources();
    const set = keys.flatMap(([, key]) => ('sets' in key ? key.sets : []));

    expect(set.filter((name) => !read.has(name))).toEqual([]);
  });

  it('are all in docs/configuration.md, with their variables or the reason why they have none', () => {
    const rows = readText('docs/configuration.md').matchAll(/^\| `([a-z_.]+)` \| (.+?) \|/gm);
    const expected = keys.map(([key, meaning]) => [
      key,
      'sets' in meaning
        ? meaning.sets.map((name) => `\`${name}\``).join(', ')
        : `none: ${meaning.idleBecause}`,
    ]);

    expect(Array.from(rows, ([, key, meaning]) => [key, meaning])).toEqual(expected);
  });
});

describe('the configuration that the documents show', () => {
  const temporary = mkdtempSync(path.join(tmpdir(), 'fanfare-config-'));
  const secret = 'another-secret-key-of-this-test-0123456789';
  const readHost = (env: Environment) => readEnvironment(hostSettings({ isTerminal: false }), env);

  afterAll(() => {
    rmSync(temporary, { recursive: true });
  });

  /** The environment of a service that is started with the file. */
  function environmentFor(
    file: (typeof documented)[number],
    yaml: (text: string) => string = (text) => text,
  ) {
    const copy = path.join(temporary, file);
    writeFileSync(copy, yaml(readText(`${folder}/${file}`)));
    return readConfigFile({ CONFIG_FILE: copy }, { isAlone: true });
  }
  const withOwnSecret = (text: string) => text.replace('your-secret-key', secret);

  it('sets the event store, as one key after the other says', () => {
    const { variables, withoutEffect } = environmentFor('event-sourcing.yaml', withOwnSecret);

    expect(readEventStoreConfig(variables)).toMatchObject({
      name: 'event-sourcing-service',
      environment: 'production',
      region: 'us-east-1',
      maxEvents: 100_000,
      maxAggregates: 10_000,
      maxSnapshots: 1_000,
      maxAggregateEvents: 10_000,
      snapshotIntervalMs: 3_600_000,
      cleanupIntervalMs: 86_400_000,
      maxEventDataBytes: 1_048_576,
      validationEnabled: true,
      cachingEnabled: true,
      monitoringEnabled: true,
      supportedEventTypes: [
        ...['user_created', 'user_updated', 'user_deleted', 'order_created', 'order_status_changed'],
        ...['payment_processed', 'custom'],
      ],
      supportedAggregateTypes: ['user', 'order', 'payment', 'custom'],
      databaseUrl: 'mysql://root:password@localhost:3306/event_sourcing_db',
      eventLogUrl: 'mongodb://localhost:27017/event_sourcing_db',
      cacheUrl: 'memory:',
      cacheTtlMs: 300_000,
      cacheMaxEntries: 1_000,
      streamUrl: 'kafka://localhost:9092',
      webSocket: { isEnabled: true, handshakeMs: 10_000, allowedOrigins: ['*'] },
    });
    expect(readHost(variables)).toMatchObject({
      logLevel: 'info',
      logFormat: 'json',
      logOutput: 'stdout',
      environment: 'production',
      monitoring: { isEnabled: true, port: 9_090, path: '/metrics' },
      auth: { mode: 'jwt' },
    });
    expect(withoutEffect).toEqual([
      ...['version', 'description', 'cache.cleanup_interval', 'message_queue.topics', 'websocket.port'],
      ...['websocket.read_buffer_size', 'websocket.write_buffer_size', 'monitoring.collect_interval'],
    ]);
  });

  it('sets the mediator', () => {
    const { variables } = environmentFor('mediator.yaml', withOwnSecret);

    expect(readMediatorConfig(variables)).toMatchObject({
      name: 'mediator-service',
      maxMediators: 100,
      maxColleagues: 1_000,
      timeoutMs: 1_800_000,
      retryCount: 3,
      databaseUrl: 'mysql://root:password@localhost:3306/mediator_db',
      streamUrl: 'kafka://localhost:9092',
    });
    expect(readHost(variables)).toMatchObject({ monitoring: { port: 9_090 }, auth: { mode: 'jwt' } });
  });

  it.each(documented)('is refused as it stands in %s for the key that everybody knows', (file) => {
    const { variables, nameKeys } = environmentFor(file);

    const problems = () => {
      try {
        readHost(variables);
      } catch (error) {
        return nameKeys(error as ConfigError).problems;
      }
      return [];
    };

    expect(problems()).toEqual([
      expect.stringMatching(/^JWT_SECRET .*\(it is security\.jwt_secret in .*\)$/),
    ]);
  });
});

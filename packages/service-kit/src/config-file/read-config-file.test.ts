import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readEnvironment, variable } from '../config/config';
import { duration } from '../config/value-schemas';
import { configKeys } from './keys';
import { readConfigFile } from './read-config-file';

describe('a configuration file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-config-'));
  const file = join(folder, 'config.yaml');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function read(yaml: string, env: Readonly<Record<string, string>> = {}, isAlone = true) {
    writeFileSync(file, yaml);
    return readConfigFile({ CONFIG_FILE: file, ...env }, { isAlone });
  }

  const variablesOf = (...request: Parameters<typeof read>) => read(...request).variables;

  function problemsOf(...request: Parameters<typeof read>): readonly string[] {
    try {
      read(...request);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map((problem) => problem.replaceAll(file, 'config.yaml'));
    }
    throw new Error('the file was taken');
  }

  it('is not asked for unless it is named', () => {
    expect(readConfigFile({}, { isAlone: true }).variables).toEqual({});
  });

  it('sets the variables that its keys stand for', () => {
    const yaml = [
      ...['name: Event Sourcing Service', 'max_events: 5', 'snapshot_interval: 1h', 'caching_enabled: false'],
      ...['supported_event_types: [user_created, custom]', 'database:', '  mysql:', '    password: 123456'],
      ...['websocket: { handshake_timeout: 10s }', 'security: { enabled: false, allowed_origins: ["*"] }'],
    ];

    expect(variablesOf(yaml.join('\n'))).toEqual({
      SERVICE_NAME: 'event-sourcing-service',
      MAX_EVENTS: '5',
      SNAPSHOT_INTERVAL: '1h',
      CACHING_ENABLED: 'false',
      SUPPORTED_EVENT_TYPES: 'user_created,custom',
      MYSQL_PASSWORD: '123456',
      WS_HANDSHAKE_MS: '10000',
      AUTH_MODE: 'disabled',
      CORS_ORIGINS: '*',
      WS_ALLOWED_ORIGINS: '*',
    });
  });

  it('says nothing by what is empty', () => {
    expect(variablesOf('redis: { host: localhost, password: "" }\nmax_events:\ncache:\n')).toEqual({
      REDIS_HOST: 'localhost',
    });
    expect(variablesOf('')).toEqual({});
  });

  it.each([
    ['MAX_EVENTS', '7', 'max_events: 5'],
    ['PORT', '9000', 'server: { port: 8080 }'],
    ['MYSQL_USER', 'me', 'database: { mysql: { username: root } }'],
    ['MYSQL_DB', 'mine', 'database: { mysql: { database: other } }'],
    ['REDIS_HOST', 'redis', 'cache: { type: memory }'],
    ['KAFKA_BROKERS', 'kafka:9092', 'message_queue: { enabled: false }'],
  ])('yields to %s in the environment', (name, value, yaml) => {
    expect(variablesOf(yaml, { [name]: value })).toEqual({});
  });

  it('wins over a variable that is empty', () => {
    expect(variablesOf('max_events: 5', { MAX_EVENTS: '' })).toEqual({ MAX_EVENTS: '5' });
  });

  it('turns off what a switch turns off, and lets be what it turns on', () => {
    expect(variablesOf('security: { enabled: true, rate_limit_enabled: false }')).toEqual({
      AUTH_MODE: 'jwt',
      RATE_LIMIT_ENABLED: 'false',
    });
    expect(variablesOf('message_queue: { enabled: false, brokers: ["a:1"] }')).toMatchObject({
      STREAM_URL: 'memory:',
    });
    expect(variablesOf('message_queue: { enabled: true, brokers: ["a:1", "b:2"] }')).toEqual({
      KAFKA_BROKERS: 'a:1,b:2',
    });
  });

  it('names every key that is unknown, and every value that does not fit, by its path', () => {
    expect(problemsOf('max_event: 5\ndatabase: { mysql: { hots: a } }\ncache: memory\nlogging: []')).toEqual([
      'config.yaml: max_event is no key that is known; take it out, or see docs/configuration.md for those that are',
      'config.yaml: database.mysql.hots is no key that is known; take it out, or see docs/configuration.md for those that are',
      'config.yaml: cache must hold keys and values of its own',
      'config.yaml: logging must hold keys and values of its own',
    ]);
    expect(
      problemsOf('max_events: many\ncache: { ttl: 5, type: disk }\nvalidation_enabled: "yes"\ntimeout: -1s'),
    ).toEqual([
      'config.yaml: max_events is "many": must be a whole number',
      'config.yaml: cache.ttl is "5": must be a duration with its unit, like 30s, 5m or 24h',
      'config.yaml: cache.type is "disk": must be one of memory, redis',
      'config.yaml: validation_enabled is "yes": must be true or false',
      'config.yaml: timeout is "-1s": must be a duration with its unit, like 30s, 5m or 24h',
    ]);
    expect(problemsOf('supported_event_types: user_created\nmax_events: 1.5')).toEqual([
      'config.yaml: supported_event_types is "user_created": must be a list, like [a, b] or lines that begin with a dash',
      'config.yaml: max_events is "1.5": must be a whole number',
    ]);
  });

  it('shows no secret, also where it cannot be understood', () => {
    expect(problemsOf('security: { jwt_secret: [hush] }')).toEqual([
      'config.yaml: security.jwt_secret is wrong: must be a text',
    ]);
    expect(problemsOf('a: 1\nsecurity:\n  jwt_secret: hush: hush\n').join('\n')).toMatch(
      /^config\.yaml line 3: (?!.*hush)/,
    );
    expect(problemsOf('- a')).toEqual(['config.yaml: must hold keys and values, like `max_events: 1000`']);
  });

  it('says why it cannot be read', () => {
    const missing = join(folder, 'missing.yaml');

    expect(() => readConfigFile({ CONFIG_FILE: missing }, { isAlone: true })).toThrow(
      `CONFIG_FILE is "${missing}": the file cannot be read (ENOENT)`,
    );
  });

  it('does not contradict itself', () => {
    expect(problemsOf('caching_enabled: true\ncache: { enabled: false }')).toEqual([
      'config.yaml: caching_enabled and cache.enabled say different things; keep one of them',
    ]);
    expect(variablesOf('caching_enabled: false\ncache: { enabled: false }')).toEqual({
      CACHING_ENABLED: 'false',
    });
  });

  it('says where Redis is when it wants it', () => {
    expect(problemsOf('cache: { type: redis }')).toEqual([
      'config.yaml: cache.type is redis: say where it is, as redis.host or database.redis.host',
    ]);
    expect(variablesOf('cache: { type: redis }\nredis: { host: redis }')).toEqual({ REDIS_HOST: 'redis' });
    expect(variablesOf('cache: { type: redis }', { REDIS_URL: 'redis://r' })).toEqual({});
  });

  it('gives several services of one process nothing that only one can have', () => {
    const yaml = 'server: { port: 8080 }\ndatabase: { mysql: { host: db } }\nmax_events: 5\nversion: "1"';
    const settings = read(yaml, {}, false);

    expect(settings.variables).toEqual({ MAX_EVENTS: '5' });
    expect(settings.withoutEffect).toEqual(['server.port', 'database.mysql.host', 'version']);
  });

  it('is named when the service does not like what it says', () => {
    const { variables, nameKeys } = read('cache: { ttl: 0s }\nmax_events: 5');
    const positive = duration().refine((ms) => ms > 0, 'must be longer than nothing');

    const refuse = () => readEnvironment({ ttl: variable('CACHE_TTL', positive) }, variables);

    expect(refuse).toThrow(ConfigError);
    try {
      refuse();
    } catch (error) {
      expect(nameKeys(error as ConfigError).problems).toEqual([
        `CACHE_TTL is "0s": must be longer than nothing (it is cache.ttl in ${file})`,
      ]);
    }
  });

  it('gives each key a meaning, or the reason why it has none', () => {
    for (const key of Object.values(configKeys)) {
      if ('sets' in key) expect(key.sets.length).toBeGreaterThan(0);
      else expect(key.idleBecause).not.toBe('');
    }
  });
});

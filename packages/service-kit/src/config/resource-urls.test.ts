import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { ConfigError, type Setting } from './config';
import {
  archiveUrl,
  cacheUrl,
  databaseUrl,
  eventLogUrl,
  messageBusUrl,
  rateLimitUrl,
  streamUrl,
} from './resource-urls';

describe('the database URL', () => {
  const read = databaseUrl({ fallback: 'sqlite:./data/orders.db' });

  it('is taken as it is, from DATABASE_URL before all others', () => {
    const env = { DATABASE_URL: 'mysql://u:p@host:3306/orders', DB_HOST: 'other' };

    expect(read(env)).toBe('mysql://u:p@host:3306/orders');
  });

  it('is made of the parts that the seeds name', () => {
    const parts = {
      DB_HOST: 'db',
      DB_PORT: '3307',
      DB_USER: 'shop',
      DB_PASSWORD: 'secret',
      DB_NAME: 'orders',
    };

    expect(read(parts)).toBe('mysql://shop:secret@db:3307/orders');
  });

  it('is made of the parts that MySQL images name', () => {
    for (const user of ['MYSQL_USER', 'MYSQL_USERNAME']) {
      const parts = { MYSQL_HOST: 'db', [user]: 'shop', MYSQL_DATABASE: 'orders' };

      expect(read(parts)).toBe('mysql://shop@db:3306/orders');
    }
  });

  it('encodes what would be read as a part of the URL', () => {
    const url = read({ DB_HOST: 'db', DB_USER: 'a@b', DB_PASSWORD: 'p:/?#@ß', DB_NAME: 'my orders' });

    const { username, password, hostname, pathname } = new URL(url);
    expect([username, password, hostname, pathname].map(decodeURIComponent)).toEqual([
      'a@b',
      'p:/?#@ß',
      'db',
      '/my orders',
    ]);
  });

  it('names every part that is missing or wrong, and no password', () => {
    const env = { DB_HOST: 'http://db', DB_PORT: '0', DB_PASSWORD: 'hunter2' };

    expect(() => read(env)).toThrow(ConfigError);
    expect(() => read(env)).toThrow(
      /DB_HOST is .*\n.*DB_PORT is "0".*\n.*DB_USER is not set.*\n.*DB_NAME is not set/,
    );
    expect(() => read(env)).not.toThrow(/hunter2/);
  });

  it('falls back when nothing is set, and is asked for where there is no fallback', () => {
    expect(read({ DATABASE_URL: '' })).toBe('sqlite:./data/orders.db');
    expect(() => databaseUrl()({})).toThrow(/DATABASE_URL is not set: must be like mysql:.* or sqlite:/);
  });

  it.each(['postgres://host/db', 'mysql://host:3306', 'mysql:', 'sqlite:', 'nonsense'])(
    'cannot be %s',
    (url) => {
      expect(() => read({ DATABASE_URL: url })).toThrow('DATABASE_URL is wrong');
    },
  );
});

describe('the cache URL', () => {
  const read = cacheUrl();

  it('is a URL, the parts that the seeds name, or memory', () => {
    expect(read({ CACHE_URL: 'redis://host:6379/2' })).toBe('redis://host:6379/2');
    expect(read({ REDIS_HOST: 'host' })).toBe('redis://host:6379/0');
    expect(read({ REDIS_HOST: 'host', REDIS_PORT: '1', REDIS_PASSWORD: 'a b', REDIS_DB: '3' })).toBe(
      'redis://:a%20b@host:1/3',
    );
    expect(read({})).toBe('memory:');
  });

  it('cannot name another kind of cache', () => {
    expect(() => read({ CACHE_URL: 'memcached://host' })).toThrow(
      'CACHE_URL is wrong: must be like redis://',
    );
  });
});

describe('the message bus URL', () => {
  const read = messageBusUrl();

  it('is MESSAGE_BUS_URL, RABBITMQ_URL, or memory', () => {
    const env = { RABBITMQ_URL: 'amqp://guest:guest@host:5672' };

    expect(read(env)).toBe('amqp://guest:guest@host:5672');
    expect(read({ ...env, MESSAGE_BUS_URL: 'kafka://host:9092' })).toBe('kafka://host:9092');
    expect(read({})).toBe('memory:');
  });

  it('names the variable that is wrong', () => {
    expect(() => read({ RABBITMQ_URL: 'http://host' })).toThrow('RABBITMQ_URL is wrong');
  });
});

describe('the event log URL', () => {
  const read = eventLogUrl({ fallback: 'sqlite:./data/event-log.db' });

  it.each([
    [{}, 'sqlite:./data/event-log.db'],
    [{ EVENT_LOG_URL: 'sqlite::memory:', MONGODB_URI: 'mongodb://host/events' }, 'sqlite::memory:'],
    [{ MONGODB_URI: 'mongodb://host/events' }, 'mongodb://host/events'],
    [{ MONGODB_URI: 'mongodb://host:27017', MONGODB_DATABASE: 'events' }, 'mongodb://host:27017/events'],
    [{ EVENT_LOG_URL: 'sqlite::memory:', MONGODB_DATABASE: 'events' }, 'sqlite::memory:'],
    [{ MONGODB_URI: 'mongodb://a:1,b:2/events?replicaSet=rs' }, 'mongodb://a:1,b:2/events?replicaSet=rs'],
  ])('of %j is %s', (env, url) => {
    expect(read(env)).toBe(url);
  });

  it('cannot be the URL of another store', () => {
    expect(() => read({ EVENT_LOG_URL: 'mysql://host/events' })).toThrow(
      'EVENT_LOG_URL is wrong: must be like',
    );
  });
});

describe('the archive URL', () => {
  const read = archiveUrl({ database: 'mediator' });

  it.each([
    [{}, null],
    [{ ARCHIVE_URL: 'mongodb://host/old', MONGODB_URI: 'mongodb://other/events' }, 'mongodb://host/old'],
    [{ MONGODB_URI: 'mongodb://host/events', MONGODB_DATABASE: 'other' }, 'mongodb://host/events'],
    [{ MONGODB_URI: 'mongodb://host:27017' }, 'mongodb://host:27017/mediator'],
    [{ MONGODB_URI: 'mongodb://host/', MONGODB_DATABASE: 'mediator_db' }, 'mongodb://host/mediator_db'],
    [{ MONGODB_URI: 'mongodb://a:1,b:2?replicaSet=rs' }, 'mongodb://a:1,b:2/mediator?replicaSet=rs'],
  ])('of %j is %s', (env, url) => {
    expect(read(env)).toBe(url);
  });

  it('cannot be the URL of another store', () => {
    expect(() => read({ ARCHIVE_URL: 'sqlite:./data/old.db' })).toThrow('ARCHIVE_URL is wrong: must be like');
  });
});

describe('the stream URL', () => {
  const read = streamUrl();

  it.each([
    [{}, 'memory:'],
    [{ STREAM_URL: 'kafka://host:9092', KAFKA_BROKERS: 'other:1' }, 'kafka://host:9092'],
    [{ STREAM_URL: 'kafka://host:9092,other:9093' }, 'kafka://host:9092,other:9093'],
    [{ STREAM_URL: 'kafka+ssl://host:9092,other:9093' }, 'kafka+ssl://host:9092,other:9093'],
    [{ KAFKA_BROKERS: 'host:9092, other:9093' }, 'kafka://host:9092,other:9093'],
  ])('of %j is %s', (env, url) => {
    expect(read(env)).toBe(url);
  });

  it('names the variable that is wrong', () => {
    expect(() => read({ KAFKA_BROKERS: 'host' })).toThrow(/KAFKA_BROKERS is .*must be like host:9092/);
    expect(() => read({ STREAM_URL: 'amqp://host' })).toThrow(/STREAM_URL/);
    expect(() => read({ STREAM_URL: 'kafka://host:9092,' })).toThrow(/STREAM_URL/);
  });
});

describe('the URL where requests are counted', () => {
  const read = rateLimitUrl();

  it.each([
    [{}, 'memory:'],
    [{ CACHE_URL: 'redis://host:6379' }, 'redis://host:6379'],
    [{ CACHE_URL: 'redis://host:6379', CACHING_ENABLED: 'false' }, 'redis://host:6379'],
    [{ CACHING_ENABLED: 'false' }, 'memory:'],
    [{ CACHE_URL: 'redis://host:6379', RATE_LIMIT_URL: 'redis://other:6379' }, 'redis://other:6379'],
  ])('of %j is %s', (env, url) => {
    expect(read(env)).toBe(url);
  });
});

describe('the encryption that a URL asks for', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fanfare-authority-'));
    writeFileSync(join(folder, 'ca.pem'), rootCertificates[0] ?? '');
    writeFileSync(join(folder, 'empty.pem'), '');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const settings: readonly [string, Setting<string | null>, string][] = [
    ['MESSAGE_BUS_URL', messageBusUrl(), 'amqps://u:hunter2@host:5671/vhost'],
    ['RABBITMQ_URL', messageBusUrl(), 'amqp://u:hunter2@host'],
    ['MESSAGE_BUS_URL', messageBusUrl(), 'kafka+ssl://host:9092,other:9093'],
    ['STREAM_URL', streamUrl(), 'kafka://host:9092,other:9093'],
    ['DATABASE_URL', databaseUrl(), 'mysql://u:hunter2@host/orders'],
    ['CACHE_URL', cacheUrl(), 'rediss://:hunter2@host:6379/0'],
    ['RATE_LIMIT_URL', rateLimitUrl(), 'redis://:hunter2@host:6379/0'],
    ['EVENT_LOG_URL', eventLogUrl(), 'mongodb://u:hunter2@a:1,b:2/events'],
    ['ARCHIVE_URL', archiveUrl({ database: 'mediator' }), 'mongodb://u:hunter2@host/old'],
  ];

  it.each(settings)('is checked when %s is read, before anything connects', (name, read, start) => {
    const url = `${start}?ca=${join(folder, 'ca.pem')}`;

    expect(read({ [name]: url })).toBe(url);
    expect(() => read({ [name]: `${start}?ca=${join(folder, 'nothing.pem')}` })).toThrow(
      `${name} is wrong: the file ${join(folder, 'nothing.pem')}, ca of a URL, cannot be read`,
    );
    expect(() => read({ [name]: `${start}?ca=${join(folder, 'empty.pem')}` })).toThrow(
      `${name} is wrong: the file ${join(folder, 'empty.pem')}, ca of a URL, holds no certificate`,
    );
    expect(() => read({ [name]: `${start}?tls=yes` })).toThrow(
      new ConfigError([`${name} is wrong: tls in a URL must be true or false`]),
    );
  });

  it.each(['amqps://host', 'kafka+ssl://host:9092'])('cannot be switched off by tls=false for %s', (url) => {
    expect(() => messageBusUrl()({ MESSAGE_BUS_URL: `${url}?tls=false` })).toThrow(
      'MESSAGE_BUS_URL is wrong: tls in a URL must not be false',
    );
  });
});

import { hasCode } from '@fanfare/core';
import { takeTls } from '@fanfare/storage';
import { z } from 'zod';
import { cachingEnabled } from './cache-settings';
import { ConfigError, lookUp, readAll, variable, type Environment, type Setting } from './config';
import { wholeNumber } from './whole-number';

export interface UrlOptions {
  /** Used when no variable is set. */
  readonly fallback?: string;
}

/**
 * Where the service's database is: `DATABASE_URL`, or the parts `DB_HOST`, `DB_PORT`, `DB_USER`, `DB_PASSWORD`,
 * `DB_NAME` (or `MYSQL_HOST`…, with `MYSQL_USER` or `MYSQL_USERNAME`, and `MYSQL_DATABASE`), of which a `mysql://` URL is made.
 */
export function databaseUrl({ fallback }: UrlOptions = {}): Setting<string> {
  const example = 'mysql://user:password@host:3306/database or sqlite:./data/file.db';
  const schema = urlOf(
    ['mysql', 'sqlite'],
    example,
    (url) => url.protocol !== 'mysql:' || url.pathname.length > 1,
  );
  return (env) => {
    if (lookUp(env, 'DATABASE_URL')) return variable('DATABASE_URL', schema)(env);
    if (lookUp(env, 'DB_HOST')) return mysqlUrlOf(env, 'DB', ['DB_NAME']);
    if (lookUp(env, 'MYSQL_HOST'))
      return mysqlUrlOf(env, 'MYSQL', ['MYSQL_DATABASE', 'MYSQL_DB', 'MYSQL_NAME']);
    return fallback ?? variable('DATABASE_URL', schema)(env);
  };
}

/**
 * Where the cache is: `CACHE_URL`, `REDIS_URL`, or `REDIS_HOST`, `REDIS_PORT`, `REDIS_PASSWORD`, `REDIS_DB`; `none:` with
 * `CACHING_ENABLED=false`.
 */
export function cacheUrl({ fallback = 'memory:' }: UrlOptions = {}): Setting<string> {
  const schema = urlOf(['redis', 'rediss', 'memory'], 'redis://host:6379/0 or memory:');
  return (env) => {
    if (!cachingEnabled(env)) return 'none:';
    if (lookUp(env, 'CACHE_URL', 'REDIS_URL')) return variable(['CACHE_URL', 'REDIS_URL'], schema)(env);
    return lookUp(env, 'REDIS_HOST') ? redisUrlOf(env) : fallback;
  };
}

/** Where instances count requests together: `RATE_LIMIT_URL`, or else where the cache is. */
export function rateLimitUrl(): Setting<string> {
  const schema = urlOf(['redis', 'rediss', 'memory'], 'redis://host:6379/0 or memory:');
  const ofCache = cacheUrl();
  return (env) =>
    lookUp(env, 'RATE_LIMIT_URL')
      ? variable('RATE_LIMIT_URL', schema)(env)
      : // a server that nothing is cached on can count all the same
        ofCache({ ...env, CACHING_ENABLED: undefined });
}

/** How events travel: `MESSAGE_BUS_URL` or `RABBITMQ_URL`. */
export function messageBusUrl({ fallback = 'memory:' }: UrlOptions = {}): Setting<string> {
  const schema = urlOf(
    ['amqp', 'amqps', 'kafka', 'kafka+ssl', 'memory'],
    'amqp://user:password@host:5672, kafka://host:9092,other:9092 or memory:',
  );
  return variable(['MESSAGE_BUS_URL', 'RABBITMQ_URL'], schema.default(fallback));
}

/**
 * Where the log of all events is: `EVENT_LOG_URL` or `MONGODB_URI`, to which `MONGODB_DATABASE` is added where it names no
 * database itself.
 */
export function eventLogUrl({ fallback }: UrlOptions = {}): Setting<string> {
  const schema = urlOf(
    ['mongodb', 'mongodb+srv', 'sqlite'],
    'mongodb://user:password@host:27017/name or sqlite:./data/event-log.db',
  );
  const readUrl = variable(
    ['EVENT_LOG_URL', 'MONGODB_URI'],
    fallback === undefined ? schema : schema.default(fallback),
  );
  return (env) => {
    const found = readUrl(env);
    const database = lookUp(env, 'MONGODB_DATABASE')?.value;
    return database === undefined || !found.startsWith('mongodb') ? found : withDatabase(found, database);
  };
}

/** Of MongoDB, unless it names one. */
function withDatabase(url: string, database: string): string {
  return url.replace(/^([^/]+\/\/[^/?]+)\/?(?=\?|$)/, `$1/${encodeURIComponent(database)}`);
}

/**
 * Where rows go before they are deleted: `ARCHIVE_URL`, or `MONGODB_URI`, to which `MONGODB_DATABASE` is added where it names
 * no database itself. Null without them: then they just go.
 */
export function archiveUrl({ database }: { readonly database: string }): Setting<string | null> {
  const readUrl = variable(
    ['ARCHIVE_URL', 'MONGODB_URI'],
    urlOf(['mongodb', 'mongodb+srv'], 'mongodb://user:password@host:27017/name').optional(),
  );
  return (env) => {
    const found = readUrl(env);
    return found === undefined
      ? null
      : withDatabase(found, lookUp(env, 'MONGODB_DATABASE')?.value ?? database);
  };
}

/** Where events are streamed to for others: `STREAM_URL`, or `KAFKA_BROKERS` with one or more `host:port`. */
export function streamUrl({ fallback = 'memory:' }: UrlOptions = {}): Setting<string> {
  const schema = urlOf(['kafka', 'kafka+ssl', 'memory'], 'kafka://host:9092,other:9092 or memory:');
  const brokers = z
    .string()
    .regex(/^[\w.-]+:\d+(\s*,\s*[\w.-]+:\d+)*$/, 'must be like host:9092,other:9092')
    .transform((text) => `kafka://${text.replaceAll(/\s/g, '')}`);
  return (env) =>
    (lookUp(env, 'STREAM_URL') ?? !lookUp(env, 'KAFKA_BROKERS'))
      ? variable('STREAM_URL', schema.default(fallback))(env)
      : variable('KAFKA_BROKERS', brokers)(env);
}

function urlOf(schemes: readonly string[], example: string, isComplete: (url: URL) => boolean = () => true) {
  const message = `must be like ${example}`;
  const isLikeIt = (text: string) => {
    // `sqlite:` and `memory:` name no server, and a relative path is none of a URL's business
    const scheme = schemes.find((candidate) => text.startsWith(`${candidate}:`));
    if (scheme === undefined) return false;
    if (scheme === 'memory') return true;
    if (scheme === 'sqlite') return text.length > 'sqlite:'.length;
    return urlsOf(scheme, text).every((each) => {
      const url = URL.canParse(each) ? new URL(each) : undefined;
      return url !== undefined && url.hostname !== '' && isComplete(url);
    });
  };
  return z
    .string(message)
    .refine(isLikeIt, { message, abort: true })
    .superRefine((text, context) => {
      const problem = findTlsProblem(text);
      if (problem !== undefined) context.addIssue(problem);
    });
}

/** Why no connection could be encrypted as the URL says, in place of the first one that is tried. */
function findTlsProblem(url: string): string | undefined {
  const isEncrypted = /^(rediss|amqps|kafka\+ssl):/.test(url);
  try {
    takeTls(new URLSearchParams(url.split('?')[1]), { isEncrypted });
    return undefined;
  } catch (error) {
    if (hasCode(error, 'invalid')) return error.message;
    throw error;
  }
}

/** A list of brokers is no URL, so each of them becomes one; of the members of a replica set the first is enough. */
function urlsOf(scheme: string, text: string): readonly string[] {
  if (scheme.startsWith('kafka')) return text.replaceAll(/\s*,\s*/g, ',kafka://').split(',');
  return [scheme === 'mongodb' ? text.replace(/,[^/?]+/, '') : text];
}

function mysqlUrlOf(env: Environment, prefix: string, nameVariables: readonly string[]): string {
  const [host, port, user, database] = readAll([
    () => hostName(env, `${prefix}_HOST`),
    () => portOf(env, `${prefix}_PORT`, 3306),
    () => required(env, [`${prefix}_USER`, `${prefix}_USERNAME`], prefix),
    () => required(env, nameVariables, prefix),
  ]);
  const password = lookUp(env, `${prefix}_PASSWORD`)?.value ?? '';
  return `mysql://${credentials(user, password)}@${host}:${port}/${encodeURIComponent(database ?? '')}`;
}

function redisUrlOf(env: Environment): string {
  const [host, port, database] = readAll([
    () => hostName(env, 'REDIS_HOST'),
    () => portOf(env, 'REDIS_PORT', 6379),
    () => String(variable('REDIS_DB', wholeNumber({ max: 10_000 }).default(0))(env)),
  ]);
  const password = lookUp(env, 'REDIS_PASSWORD')?.value;
  return `redis://${password === undefined ? '' : `${credentials('', password)}@`}${host}:${port}/${database}`;
}

function credentials(user = '', password: string): string {
  const encodedUser = encodeURIComponent(user);
  return password === '' ? encodedUser : `${encodedUser}:${encodeURIComponent(password)}`;
}

function hostName(env: Environment, name: string): string {
  const message = 'must be a host name or address, without a scheme or port';
  return variable(name, z.string(message).regex(/^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/i, message))(env);
}

function portOf(env: Environment, name: string, fallback: number): string {
  return String(variable(name, wholeNumber({ min: 1, max: 65_535 }).default(fallback))(env));
}

function required(env: Environment, names: readonly string[], prefix: string): string {
  const found = lookUp(env, ...names);
  if (found) return found.value;
  throw new ConfigError([`${names[0] ?? ''} is not set: it is needed because ${prefix}_HOST is`]);
}

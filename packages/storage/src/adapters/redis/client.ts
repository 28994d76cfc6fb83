import { computeBackoffDelayMs } from '@fanfare/core';
import type * as ioredis from 'ioredis';
import type { Redis, RedisOptions } from 'ioredis';
import { importClient } from '../../import-client';
import { takeTls, type UrlTls } from '../../url-tls';

/**
 * Stores each value only over an older one, and tells of which it did. In one script, since between a reader's look and
 * its write another writer could come. The version is at the front of the text, so the value itself need not be read.
 */
const setIfNewer = `
local stored = {}
for i, key in ipairs(KEYS) do
  local version, text, ttl = tonumber(ARGV[3 * i - 2]), ARGV[3 * i - 1], ARGV[3 * i]
  stored[i] = 1
  if not redis.call('SET', key, text, 'PX', ttl, 'NX') then
    local found = tonumber(string.match(redis.call('GETRANGE', key, 0, 31), '^(%-?%d+) '))
    if found and found >= version then
      stored[i] = 0
    else
      redis.call('SET', key, text, 'PX', ttl)
    end
  end
end
return stored`;

/** Counts one more in the window of a key, which the first of them begins; tells how long it still lasts. */
const countInWindow = `
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}`;

export interface RedisClient extends Redis {
  countInWindow(key: string, windowMs: number): Promise<readonly [count: number, leftMs: number]>;
  /** First how many keys there are, then the keys, then version, text and milliseconds to live of each. */
  setIfNewer(keys: number, ...rest: readonly (string | number)[]): Promise<readonly (0 | 1)[]>;
}

const connectLimitMs = 2_000;

const options = {
  lazyConnect: true,
  // calls of one turn of the event loop travel together
  enableAutoPipelining: true,
  // a cache that is away must cost nothing: no call waits for it to come back
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: 500,
  connectTimeout: connectLimitMs,
  // a connection that takes calls and answers none is dropped
  socketTimeout: connectLimitMs,
  // and closing does not wait for it to say goodbye
  disconnectTimeout: 100,
  retryStrategy: (tries: number) => computeBackoffDelayMs(tries, { firstMs: 50, maxMs: 2_000 }),
  // a replica that was the master before a fail-over
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions;

/** Connects and waits for the outcome of the first try; further tries go on in the background, for ever. */
export async function connect(
  url: string,
  changes: Pick<RedisOptions, 'commandTimeout'> = {},
): Promise<RedisClient> {
  const { Redis } = (await importClient('ioredis')) as typeof ioredis;
  const { href, encryption } = readUrl(url);
  const client = new Redis(href, { ...options, ...changes, ...encryption }) as RedisClient;
  // whoever calls learns that it is away; without a listener the event would end the process
  client.on('error', () => undefined);
  client.defineCommand('setIfNewer', { lua: setIfNewer });
  client.defineCommand('countInWindow', { numberOfKeys: 1, lua: countInWindow });
  await client.connect().catch(() => undefined);
  return client;
}

/** The client reads the rest of the URL; what it does not know in the query it would take for an option. */
function readUrl(text: string): { readonly href: string; readonly encryption: { readonly tls?: UrlTls } } {
  const url = new URL(text);
  const tls = takeTls(url.searchParams, { isEncrypted: url.protocol === 'rediss:' });
  return { href: url.href, encryption: tls ? { tls } : {} };
}

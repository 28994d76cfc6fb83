import type { Cache, CachedValue } from '../../cache';
import { createCallsUnderWay } from '../../calls-under-way';
import { connect } from './client';
import { toAppError } from './errors';
import { gatherTurn } from './gather-turn';

/** One value that is to be stored. */
interface Write extends CachedValue {
  readonly key: string;
  readonly ttlMs: number;
}

/** Opens a cache on a Redis server, whether it answers yet or not. */
export async function openRedisCache(url: string, prefix: string): Promise<Cache> {
  const client = await connect(url);
  const calls = createCallsUnderWay('the cache');

  function call<T>(command: () => Promise<T>): Promise<T> {
    return calls.run(command).catch((error: unknown) => {
      throw toAppError(error);
    });
  }

  const set = gatherTurn((writes: readonly Write[]) =>
    client.setIfNewer(
      writes.length,
      ...writes.map(({ key }) => prefix + key),
      ...writes.flatMap(({ version, value, ttlMs }) => [
        version,
        `${version} ${value}`,
        Math.max(1, Math.ceil(ttlMs)),
      ]),
    ),
  );

  return {
    get: async (key) => parse(await call(() => client.get(prefix + key))),
    set: async (key, { version, value }, ttlMs) =>
      (await call(() => set({ key, version, value, ttlMs }))) === 1,
    delete: async (key) => {
      await call(() => client.del(prefix + key));
    },
    ping: async () => {
      await call(() => client.ping());
    },
    close: () =>
      calls.close(() => {
        client.disconnect();
      }),
  };
}

const stored = /^(-?\d+) /;

/** Something else's text under the key is no value. */
function parse(text: string | null): CachedValue | null {
  const version = text === null ? undefined : stored.exec(text)?.[1];
  return text === null || version === undefined
    ? null
    : { version: Number(version), value: text.slice(version.length + 1) };
}

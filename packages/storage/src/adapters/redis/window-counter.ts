import { createCallsUnderWay } from '../../calls-under-way';
import type { WindowCounter } from '../../window-counter';
import { connect } from './client';
import { toAppError } from './errors';

export interface RedisWindowCounterOptions {
  readonly prefix: string;
  readonly windowMs: number;
  /** Who counts cannot wait: after this time the server counts as away. */
  readonly timeoutMs: number;
}

/** Counts on a Redis server, together with all that use the same prefix, whether it answers yet or not. */
export async function openRedisWindowCounter(
  url: string,
  { prefix, windowMs, timeoutMs }: RedisWindowCounterOptions,
): Promise<WindowCounter> {
  const client = await connect(url, { commandTimeout: timeoutMs });
  const calls = createCallsUnderWay('the counter');
  const wholeWindowMs = Math.max(1, Math.ceil(windowMs));
  return {
    async count(key) {
      try {
        const [count, endsInMs] = await calls.run(() => client.countInWindow(prefix + key, wholeWindowMs));
        return { count, endsInMs };
      } catch (error) {
        throw toAppError(error);
      }
    },
    close: () =>
      calls.close(() => {
        client.disconnect();
      }),
  };
}

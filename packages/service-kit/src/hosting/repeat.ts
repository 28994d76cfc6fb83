import { keepTrying, type KeepTryingOptions } from '@fanfare/core';
import type { Worker } from './service';

export interface RepeatOptions extends Omit<KeepTryingOptions, 'signal'> {
  /** Of the worker. */
  readonly name: string;
  /** From the end of one time to the next. */
  readonly restMs: number;
}

/** A worker that does `action` again and again: each time until it succeeds, and then it rests. */
export function repeat(
  action: (signal: AbortSignal) => Promise<unknown>,
  { name, restMs, ...options }: RepeatOptions,
): Worker {
  return {
    name,
    async run(signal) {
      while (!signal.aborted) {
        await keepTrying(() => action(signal), { ...options, signal });
        await options.clock.sleep(restMs, signal);
      }
    },
  };
}

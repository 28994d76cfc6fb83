import { computeBackoffDelayMs, toError, type Clock } from '@fanfare/core';

export interface ConsumeAgainOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of each failure and the delay before the next try. */
  readonly onFailure: (error: Error, delayMs: number) => void;
}

const backoff = { firstMs: 100, maxMs: 5_000 };

/**
 * Consumes until `signal` aborts, again after every failure. The delays grow with the failures in a row; `consumeOnce`
 * says when it gets somewhere, and after that they are short again.
 */
export async function consumeAgain(
  consumeOnce: (onProgress: () => void) => Promise<void>,
  { clock, signal, onFailure }: ConsumeAgainOptions,
): Promise<void> {
  let failures = 0;
  const isEnding = () => signal.aborted;
  const onProgress = () => {
    failures = 0;
  };

  while (!isEnding()) {
    try {
      await consumeOnce(onProgress);
    } catch (error) {
      if (isEnding()) return;
      failures += 1;
      const delayMs = computeBackoffDelayMs(failures, backoff);
      onFailure(toError(error), delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
}

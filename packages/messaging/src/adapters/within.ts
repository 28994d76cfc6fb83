import { AppError, type Clock } from '@fanfare/core';

export interface WithinOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** What is asked of the broker, for the error's message. */
  readonly what: string;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
}

/**
 * Asks something of the broker and waits for the answer, but for at most `ms`: a broker that hangs answers nothing, and
 * client libraries wait for an answer for long, or for good. The action's signal aborts when the wait is over.
 * Whatever goes wrong is the broker's being away: throws `unavailable`, with the reason as its cause.
 */
export async function within<T>(
  { clock, ms, what, signal }: WithinOptions,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const timer = clock.setTimer(ms, () => {
    giveUp.abort(new AppError('unavailable', `the broker took longer than ${ms} ms for ${what}`));
  });
  const stop = () => {
    giveUp.abort(new AppError('unavailable', `${what} was given up`));
  };
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  try {
    return await Promise.race([action(giveUp.signal), rejectedBy(giveUp.signal)]);
  } catch (error) {
    throw error instanceof AppError
      ? error
      : new AppError('unavailable', `the broker failed at ${what}`, { cause: error });
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', stop);
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => {
      reject(signal.reason as AppError);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

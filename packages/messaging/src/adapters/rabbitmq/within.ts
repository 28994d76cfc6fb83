import { AppError, type Clock } from '@fanfare/core';

export interface WithinOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** What is waited for, for the error's message. */
  readonly what: string;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for `action`, but for at most `ms`. After that its signal is aborted and the caller gets `unavailable`,
 * whatever the action does: a broker that hangs answers nothing, and amqplib waits for its answer for good.
 */
export async function within<T>(
  { clock, ms, what, signal }: WithinOptions,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const timer = clock.setTimer(ms, () => {
    giveUp.abort(new AppError('unavailable', `${what} took longer than ${ms} ms`));
  });
  const stop = () => {
    giveUp.abort(new AppError('unavailable', `${what} was given up`));
  };
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  try {
    return await Promise.race([action(giveUp.signal), rejectedBy(giveUp.signal)]);
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

import { AppError } from '@fanfare/core';

/** The calls under way, which closing waits for. */
export interface OpenCalls {
  /** Rejects with AppError `unavailable` after `close` was called. */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Lets no further call begin, and calls `release` once when none is under way. Idempotent. */
  close(release: () => void): Promise<void>;
}

export function createOpenCalls(): OpenCalls {
  let open = 0;
  let closing: Promise<void> | undefined;
  let tellNoneOpen: (() => void) | undefined;

  return {
    async run(call) {
      if (closing) throw new AppError('unavailable', 'the client is closed');
      open += 1;
      try {
        return await call();
      } finally {
        open -= 1;
        if (open === 0) tellNoneOpen?.();
      }
    },
    close(release) {
      closing ??= new Promise<void>((resolve) => {
        tellNoneOpen = resolve;
        if (open === 0) resolve();
      }).then(release);
      return closing;
    },
  };
}

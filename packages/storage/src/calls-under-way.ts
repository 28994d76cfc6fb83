import { AppError } from '@fanfare/core';

/** The calls that a resource is busy with, so that closing it can wait for them. */
export interface CallsUnderWay {
  /** Runs a call; once closed, throws `unavailable` instead. */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Lets no call begin any more, waits for those under way, then runs `close`. Idempotent. */
  close(close: () => Promise<void> | void): Promise<void>;
}

/** `what` names the resource in the error message: `the cache`. */
export function createCallsUnderWay(what: string): CallsUnderWay {
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  return {
    async run(call) {
      if (closed) throw new AppError('unavailable', `${what} is closed`);
      const answer = call();
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },
    close: (close) => (closed ??= Promise.allSettled(underWay).then(close)),
  };
}

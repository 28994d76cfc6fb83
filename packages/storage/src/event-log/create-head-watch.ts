import { AppError, type Clock, type Timer } from '@fanfare/core';
import type { CommitStore } from './commit-store';

/** Commits of other processes are noticed this late at most. */
const lookEveryMs = 100;

interface Waiting {
  readonly position: number;
  readonly resolve: (head: number) => void;
  readonly reject: (error: AppError) => void;
}

/** Lets callers wait for the log to grow: commits made here wake them at once, those of others when it looks again. */
export function createHeadWatch({ store, clock }: { store: Pick<CommitStore, 'tail'>; clock: Clock }) {
  const waiting = new Set<Waiting>();
  let head = 0;
  let timer: Timer | undefined;
  let isClosed = false;

  function announce(position: number): void {
    head = Math.max(head, position);
    for (const waiter of waiting) {
      if (waiter.position <= head) waiter.resolve(head);
    }
  }

  async function look(): Promise<void> {
    try {
      announce((await store.tail()).position);
    } catch {
      // the store is away, or closed: the next look will tell
    }
  }

  function lookAgainLater(): void {
    timer = clock.setTimer(lookEveryMs, () => {
      void look().then(() => {
        timer = undefined;
        if (waiting.size > 0 && !isClosed) lookAgainLater();
      });
    });
  }

  function wait(position: number, signal: AbortSignal): Promise<number> {
    const stop = new AbortController();
    const grown = new Promise<number>((resolve, reject) => {
      const waiter = { position, resolve, reject };
      waiting.add(waiter);
      stop.signal.addEventListener('abort', () => waiting.delete(waiter));
      signal.addEventListener(
        'abort',
        () => {
          resolve(head);
        },
        { signal: stop.signal },
      );
    });
    if (!timer) lookAgainLater();
    return grown.finally(() => {
      stop.abort();
    });
  }

  return {
    announce,
    async waitFor(position: number, signal: AbortSignal): Promise<number> {
      if (position > head && !signal.aborted && !isClosed) await look();
      if (isClosed) throw closedError();
      return position <= head || signal.aborted ? head : wait(position, signal);
    },
    close(): void {
      isClosed = true;
      timer?.cancel();
      for (const { reject } of waiting) reject(closedError());
    },
  };
}

function closedError(): AppError {
  return new AppError('unavailable', 'the event log is closed');
}

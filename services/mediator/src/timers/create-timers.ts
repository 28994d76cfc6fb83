import type { Clock } from '@fanfare/core';
import type { Logger } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { createTimerStore } from './timer-store';
import { createTimerWorker } from './timer-worker';
import type { TimerHandler, Timers } from './timers';

export interface TimersDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Told when the database is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

export function createTimers({ database, clock, newId, logger, onFailure }: TimersDeps): Timers {
  const store = createTimerStore({ database, clock, newId });
  const handlers = new Map<string, TimerHandler>();
  const worker = createTimerWorker({ store, handlers, clock, logger, onFailure });

  return {
    worker,
    set(tx, { dueAt, ...key }) {
      tx.writeLater(store.change, { key, dueAt });
      tx.afterCommit(() => {
        worker.noteSet(dueAt);
      });
    },
    cancel(tx, key) {
      tx.writeLater(store.change, { key, dueAt: null });
    },
    handle(kind, handler) {
      handlers.set(kind, handler);
    },
  };
}

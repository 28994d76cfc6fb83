import type { Route, Worker } from '@fanfare/service-kit';
import type { EventStoreConfig } from '../../config';
import { createBeginReplay, type BeginReplayDeps } from './begin-replay';
import { eraseDifferences, readDifferences } from './differences';
import { createFindTarget, type FindTargetDeps } from './find-target';
import { createReplayCleanup } from './replay-cleanup';
import { replayRoutes } from './replay-routes';
import { createReplayStore } from './replay-store';
import { createReplayWorker, type ReplayWorkerDeps } from './replay-worker';

export type ReplaysDeps = FindTargetDeps &
  Omit<BeginReplayDeps, 'store'> &
  Omit<ReplayWorkerDeps, 'store' | 'findTarget'> & {
    readonly config: Pick<EventStoreConfig, 'cleanupIntervalMs'>;
  };

export interface Replays {
  readonly routes: readonly Route[];
  readonly workers: readonly Worker[];
  /** Removes what shadows have found about a subject. */
  readonly erase: (subject: string) => Promise<void>;
}

export function createReplays(deps: ReplaysDeps): Replays {
  const { database } = deps;
  const store = createReplayStore(deps);
  const worker = createReplayWorker({ ...deps, store, findTarget: createFindTarget(deps) });
  return {
    routes: replayRoutes({
      beginReplay: createBeginReplay({ ...deps, store }),
      store,
      readDifferences: (replayId) => readDifferences(database, replayId),
      wake: worker.wake,
    }),
    workers: [worker, createReplayCleanup({ ...deps, intervalMs: deps.config.cleanupIntervalMs })],
    erase: (subject) => eraseDifferences(database, subject),
  };
}

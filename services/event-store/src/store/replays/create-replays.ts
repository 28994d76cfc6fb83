import type { Route, Worker } from '@fanfare/service-kit';
import { createBeginReplay, type BeginReplayDeps } from './begin-replay';
import { eraseDifferences, readDifferences } from './differences';
import { createFindTarget, type FindTargetDeps } from './find-target';
import { replayRoutes } from './replay-routes';
import { createReplayStore } from './replay-store';
import { createReplayWorker, type ReplayWorkerDeps } from './replay-worker';

export type ReplaysDeps = FindTargetDeps &
  Omit<BeginReplayDeps, 'store'> &
  Omit<ReplayWorkerDeps, 'store' | 'findTarget'>;

export interface Replays {
  readonly routes: readonly Route[];
  readonly worker: Worker;
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
    worker,
    erase: (subject) => eraseDifferences(database, subject),
  };
}

import type { Route, Worker } from '@fanfare/service-kit';
import type { EventStoreConfig } from '../../config';
import { createJobStore } from '../jobs/job-store';
import { createJobWorker, type JobWorkerDeps } from '../jobs/job-worker';
import { createBeginReplay, type BeginReplayDeps } from './begin-replay';
import { eraseDifferences, readDifferences } from './differences';
import { createFindTarget, type FindTargetDeps } from './find-target';
import { createReplayCleanup } from './replay-cleanup';
import { replayRoutes } from './replay-routes';
import type { ReplayRequest } from './replay';
import { runReplay } from './run-replay';

export type ReplaysDeps = FindTargetDeps &
  Omit<BeginReplayDeps, 'store'> &
  Omit<JobWorkerDeps<ReplayRequest>, 'name' | 'store' | 'run'> & {
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
  const store = createJobStore<ReplayRequest>('replays', deps);
  const findTarget = createFindTarget(deps);
  const worker = createJobWorker({
    ...deps,
    name: 'replays',
    store,
    run: async (replay, signal) => runReplay({ ...deps, store }, replay, await findTarget(replay), signal),
  });
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

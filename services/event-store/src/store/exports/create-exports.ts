import { isPassing } from '@fanfare/core';
import { repeat, type Route, type Worker } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { EventStoreConfig } from '../../config';
import type { Checkpoints } from '../checkpoints';
import { keptMs, type JobRange } from '../jobs/job';
import { createJobStore } from '../jobs/job-store';
import { createJobWorker, type JobWorkerDeps } from '../jobs/job-worker';
import { createBeginExport } from './begin-export';
import { exportRoutes } from './export-routes';
import { runExport } from './run-export';

export interface ExportsDeps extends Omit<JobWorkerDeps<JobRange>, 'name' | 'store' | 'run'> {
  readonly config: Pick<EventStoreConfig, 'cleanupIntervalMs'>;
  readonly database: Database;
  readonly log: EventLog;
  readonly checkpoints: Pick<Checkpoints, 'sign'>;
  /** In PEM; null when nothing is signed. */
  readonly publicKey: string | null;
}

export interface Exports {
  readonly routes: readonly Route[];
  readonly workers: readonly Worker[];
}

export function createExports(deps: ExportsDeps): Exports {
  const { config, clock, onFailure } = deps;
  const store = createJobStore<JobRange>('log_exports', deps);
  const worker = createJobWorker({
    ...deps,
    name: 'exports',
    store,
    run: (job, signal) => runExport({ ...deps, store }, job, signal),
  });
  const cleanup = repeat(() => store.removeEnded(new Date(clock.now().getTime() - keptMs)), {
    name: 'export-cleanup',
    restMs: config.cleanupIntervalMs,
    clock,
    onFailure,
    isRetryable: isPassing,
  });
  const beginExport = createBeginExport({ ...deps, store });
  return {
    routes: exportRoutes({ ...deps, beginExport, store, wake: worker.wake }),
    workers: [worker, cleanup],
  };
}

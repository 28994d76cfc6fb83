import { createValidate } from '@fanfare/service-kit';
import { transactOnce } from '../../create-once';
import { failures } from '../../mailbox/failures';
import { bodyLimitOf } from '../../message-size';
import type { Part, PartDeps } from '../../part';
import { createAwaitTick, tickTimer } from './await-tick';
import { createCarryOut, runTimer } from './carry-out';
import { createChangeJob } from './change-job';
import { createCreateJob } from './create-job';
import { createEndJob } from './end-job';
import { createFireTicks } from './fire-ticks';
import { createFollowRuns } from './follow-runs';
import { createdReply, jobRoutes } from './job-routes';
import { runStatuses } from './job-run';
import { newJobBody } from './job-schemas';
import { jobStore } from './job-store';
import { createRunJob } from './run-job';
import { runRoutes } from './run-routes';
import { runStore } from './run-store';

/** Mediators of kind job: commands at their times, or on demand. */
export function createJobs(deps: PartDeps): Part {
  const { config, database, timers, work, clock } = deps;
  const awaitTick = createAwaitTick(deps);
  const endJob = createEndJob(deps);
  const carryOut = createCarryOut({ ...deps, endJob });
  const shared = { ...deps, awaitTick, endJob, carryOut };
  const createJob = createCreateJob(shared);
  const followRuns = createFollowRuns(shared);
  timers.handle(tickTimer, createFireTicks(shared));
  timers.handle(runTimer, followRuns.onTimer);
  work.addSource(followRuns.source);

  const body = newJobBody(config.retryCount);
  const validate = createValidate(body, 'body');
  const bodyLimitBytes = bodyLimitOf(config);
  return {
    routes: [
      ...jobRoutes({ ...deps, createJob, changeJob: createChangeJob(shared), body, bodyLimitBytes }),
      ...runRoutes({ ...deps, runJob: createRunJob(shared), bodyLimitBytes }),
    ],
    createByMessage: {
      async job({ mediator, body: posted }) {
        const request = { mediator, body: validate(posted) };
        return createdReply(mediator, await transactOnce(database, (tx) => createJob(tx, request)));
      },
    },
    async onMediatorRemoved(tx, mediatorKey) {
      await runStore.failAll(tx, mediatorKey, failures.removed, clock.now());
      await jobStore.cancelAll(tx, mediatorKey, clock.now());
    },
    async countRuns() {
      const counts = await runStore.count(database.queries);
      return runStatuses.map((status) => ({ kind: 'job', status, count: counts.get(status) ?? 0 }));
    },
    async prune(before, limit) {
      const runs = await runStore.prune(database.queries, before, limit);
      return runs + (await jobStore.prune(database.queries, before, limit));
    },
  };
}

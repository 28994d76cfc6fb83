import { defineRoute, pageQuery, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import { transactOnce, type Created } from '../../create-once';
import { madeReply } from '../../made-reply';
import { orderKeyPattern } from '../../order-key';
import type { Directory } from '../../mediators/directory';
import { refuse } from '../../problems';
import { findJob, findJobMediator } from './find-job';
import { jobParams, jobPath, jobResponses } from './job-routes';
import { runStatuses, type JobRun } from './job-run';
import { newRunBody, shownRun } from './job-schemas';
import type { RunJob } from './run-job';
import { runStore } from './run-store';
import { showRun } from './show-job';

export interface RunRoutesDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly runJob: RunJob;
  readonly bodyLimitBytes: number;
}

/** Running jobs by hand, and their history. */
export function runRoutes(deps: RunRoutesDeps): readonly Route[] {
  return [createRoute(deps), listRoute(deps), readRoute(deps)];
}

function createRoute({ database, runJob, bodyLimitBytes }: RunRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${jobPath}/runs`,
    role: 'writer',
    summary: 'Run a job now',
    description:
      'Also one that is paused. A run that would overlap another is `skipped`, unless the job allows it.',
    params: jobParams,
    body: newRunBody,
    bodyLimitBytes,
    responses: {
      201: { description: 'It has begun', schema: shownRun, headers: { location: 'Path of the run' } },
      200: { description: 'The same call had begun it before', schema: shownRun },
      ...jobResponses,
      413: { description: 'The data is too large' },
    },
    handle: async ({ params: { name: mediator, id }, body, trace }) =>
      begunReply(mediator, await transactOnce(database, (tx) => runJob(tx, { mediator, id, body, trace }))),
  });
}

function begunReply(mediator: string, { object, isReplayed }: Created<JobRun>): Reply {
  return madeReply(showRun(object), isReplayed, [mediator, 'jobs', object.jobId, 'runs', object.id]);
}

function listRoute({ database, directory }: RunRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${jobPath}/runs`,
    role: 'reader',
    summary: 'List the runs of a job, the oldest first',
    params: jobParams,
    query: pageQuery({ status: z.enum(runStatuses).optional() }, orderKeyPattern),
    responses: {
      200: z.object({ runs: z.array(shownRun), next_cursor: z.string().nullable() }),
      ...jobResponses,
    },
    handle: async ({ params: { name, id }, query: { limit, order, offset = 0, cursor, status } }) => {
      const { queries } = database;
      const key = await findJobMediator(directory, name);
      await findJob(queries, key, id);
      const page = { status, after: cursor, order, limit: limit + 1, offset };
      const found = await runStore.list(queries, key, id, page);
      const { items, nextCursor } = toPage(found, limit, ({ orderKey }) => orderKey);
      return reply(200, { runs: items.map(showRun), next_cursor: nextCursor });
    },
  });
}

/** The ids of runs of ticks are longer than names. */
const runParams = jobParams.extend({ run_id: z.string().min(1).max(255) });

function readRoute({ database, directory }: RunRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${jobPath}/runs/{run_id}`,
    role: 'reader',
    summary: 'Read a run of a job',
    params: runParams,
    responses: { 200: shownRun, ...jobResponses },
    handle: async ({ params: { name, id, run_id: runId } }) => {
      const key = await findJobMediator(directory, name);
      const found = await runStore.find(database.queries, key, runId);
      if (found?.object.jobId !== id) throw refuse('not-found', `job ${id} has no run ${runId}`);
      return reply(200, showRun(found.object));
    },
  });
}

import { defineRoute, pageQuery, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import { transactOnce, type Created } from '../../create-once';
import { madeReply } from '../../made-reply';
import { orderKeyPattern } from '../../order-key';
import type { Directory } from '../../mediators/directory';
import { mediatorParams, mediatorPath } from '../../mediators/mediator-schemas';
import { emptyBody, nameSchema } from '../../names';
import type { ChangeJob } from './change-job';
import type { CreateJob } from './create-job';
import { findJob, findJobMediator } from './find-job';
import { jobStatuses, type Job } from './job';
import { shownJob, type newJobBody } from './job-schemas';
import { jobStore } from './job-store';
import { showJob } from './show-job';

export interface JobRoutesDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly createJob: CreateJob;
  readonly changeJob: ChangeJob;
  readonly body: ReturnType<typeof newJobBody>;
  readonly bodyLimitBytes: number;
}

export const jobPath = `${mediatorPath}/jobs/{id}`;
export const jobParams = mediatorParams.extend({ id: nameSchema });
export const jobResponses = {
  404: { description: 'There is no such mediator or job' },
  409: { description: 'The mediator is of another kind than job, or the state of the job forbids it' },
};

/** Making, finding, pausing, resuming and cancelling jobs. */
export function jobRoutes(deps: JobRoutesDeps): readonly Route[] {
  return [
    createRoute(deps),
    listRoute(deps),
    readRoute(deps),
    changeRoute(deps, 'pause', 'Let a job tick no more', 'What has begun goes on.'),
    changeRoute(deps, 'resume', 'Let a paused job tick again', 'Ticks until now are dropped.'),
    changeRoute(deps, 'cancel', 'End a job', 'What has begun is taken back and fails.'),
  ];
}

/** What every way of creating a job answers. */
export function createdReply(mediator: string, { object, isReplayed }: Created<Job>): Reply {
  return madeReply(showJob(object), isReplayed, [mediator, 'jobs', object.id]);
}

function createRoute({ database, createJob, body: bodySchema, bodyLimitBytes }: JobRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${mediatorPath}/jobs`,
    role: 'writer',
    summary: 'Create a job',
    description:
      'Each tick sends one command of type `name`. Of ticks that were missed, by more than ten seconds, `last` makes up ' +
      'for the latest, `all` for the latest hundred, `skip` for none.',
    params: mediatorParams,
    body: bodySchema,
    bodyLimitBytes,
    responses: {
      201: { description: 'It is there', schema: shownJob, headers: { location: 'Path of the job' } },
      200: { description: 'The same call had made it before', schema: shownJob },
      404: { description: 'There is no such mediator' },
      409: { description: 'The mediator is of another kind than job, or the id or unique key is taken' },
      413: { description: 'The data is too large' },
    },
    handle: async ({ params: { name }, body }) =>
      createdReply(name, await transactOnce(database, (tx) => createJob(tx, { mediator: name, body }))),
  });
}

function listRoute({ database, directory }: JobRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${mediatorPath}/jobs`,
    role: 'reader',
    summary: 'List jobs, the oldest first',
    params: mediatorParams,
    query: pageQuery({ status: z.enum(jobStatuses).optional() }, orderKeyPattern),
    responses: {
      200: z.object({ jobs: z.array(shownJob), next_cursor: z.string().nullable() }),
      ...jobResponses,
    },
    handle: async ({ params: { name }, query: { limit, order, offset = 0, cursor, status } }) => {
      const key = await findJobMediator(directory, name);
      const page = { status, after: cursor, order, limit: limit + 1, offset };
      const found = await jobStore.list(database.queries, key, page);
      const { items, nextCursor } = toPage(found, limit, ({ orderKey }) => orderKey);
      return reply(200, { jobs: items.map(showJob), next_cursor: nextCursor });
    },
  });
}

function readRoute({ database, directory }: JobRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: jobPath,
    role: 'reader',
    summary: 'Read a job',
    params: jobParams,
    responses: { 200: shownJob, ...jobResponses },
    handle: async ({ params: { name, id } }) => {
      const key = await findJobMediator(directory, name);
      return reply(200, showJob(await findJob(database.queries, key, id)));
    },
  });
}

function changeRoute(
  { database, changeJob }: JobRoutesDeps,
  verb: keyof ChangeJob,
  summary: string,
  description: string,
): Route {
  return defineRoute({
    method: 'post',
    path: `${jobPath}/${verb}`,
    role: 'writer',
    summary,
    description,
    params: jobParams,
    body: emptyBody,
    responses: { 200: shownJob, ...jobResponses },
    handle: async ({ params: { name: mediator, id }, trace }) =>
      reply(200, showJob(await database.transact((tx) => changeJob[verb](tx, { mediator, id }, trace)))),
  });
}

import { defineRoute, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { z } from 'zod';
import { transactOnce, type Created } from '../../../create-once';
import { madeReply } from '../../../made-reply';
import type { Directory } from '../../../mediators/directory';
import { mediatorParams } from '../../../mediators/mediator-schemas';
import { requireKind } from '../../../mediators/require-kind';
import { emptyBody } from '../../../names';
import { noSuchRun } from './engine';
import { toEventBody, toRunBody } from './run-body';
import {
  cancelBody,
  historyQuery,
  retryBody,
  runParams,
  runPath,
  runsPath,
  runsQuery,
  shownHistory,
  shownRun,
  shownRuns,
  shownSignal,
  signalBody,
  type newRunSchema,
} from './run-schemas';
import { runStore, type RunPlace, type StoredRun } from './run-store';
import type { Action, Signal, UseRuns } from './use-runs';

export interface RunRoutesDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
  readonly useRuns: UseRuns;
  readonly newRunBody: ReturnType<typeof newRunSchema>;
  readonly bodyLimitBytes: number;
}

const notFound = { description: 'There is no such mediator or workflow' };
const illegal = { description: 'The state of the workflow forbids it' };

/** Beginning runs of workflows, looking at them, and stepping in. */
export function runRoutes(deps: RunRoutesDeps): readonly Route[] {
  return [
    startRoute(deps),
    listRoute(deps),
    readRoute(deps),
    historyRoute(deps),
    signalRoute(deps),
    actRoute(deps, {
      verb: 'pause',
      summary: 'Pause a workflow',
      description: 'What runs ends, nothing new begins.',
      body: emptyBody,
      toAction: () => ({ kind: 'pause' }),
    }),
    actRoute(deps, {
      verb: 'resume',
      summary: 'Let a paused workflow go on',
      body: emptyBody,
      toAction: () => ({ kind: 'resume' }),
    }),
    actRoute(deps, {
      verb: 'cancel',
      summary: 'Cancel a workflow',
      description: 'What it has done is undone, the latest first, unless `compensate` is false.',
      body: cancelBody,
      toAction: ({ reason = 'cancelled on demand', compensate }) => ({ kind: 'cancel', reason, compensate }),
    }),
    actRoute(deps, {
      verb: 'retry',
      summary: 'Let a failed or cancelled workflow go on',
      description:
        'From where it failed, or with `from_step` from that step. Finished steps are not repeated, compensated ones are.',
      body: retryBody,
      toAction: ({ from_step = null }) => ({ kind: 'retry', fromStep: from_step }),
    }),
  ];
}

function startRoute({ database, useRuns, newRunBody, bodyLimitBytes }: RunRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: runsPath,
    role: 'writer',
    summary: 'Begin a workflow',
    description:
      'With `steps` it brings its own definition, else `name` is one that is there. The same request with the same `id` again is ' +
      'answered 200, and nothing is done twice.',
    params: mediatorParams,
    body: newRunBody,
    bodyLimitBytes,
    responses: {
      201: { description: 'It has begun', schema: shownRun, headers: { location: 'Path of the workflow' } },
      200: { description: 'It had begun already, by the same request', schema: shownRun },
      404: { description: 'There is no such mediator or definition' },
      409: { description: 'There is another workflow of this id, or the mediator is of another kind' },
      413: { description: 'The data is too large' },
    },
    handle: async ({ params: { name: mediator }, body, trace }) => {
      const started = await transactOnce(database, (tx) => useRuns.start(tx, { mediator, body, trace }));
      return startedReply(mediator, started);
    },
  });
}

/** What every way of beginning a run answers. */
export function startedReply(mediator: string, { object, isReplayed }: Created<StoredRun>): Reply {
  return madeReply(toRunBody(object), isReplayed, [mediator, 'workflows', object.run.id]);
}

function listRoute(deps: RunRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: runsPath,
    role: 'reader',
    summary: 'List the workflows of a mediator, the oldest first',
    params: mediatorParams,
    query: runsQuery,
    responses: {
      200: shownRuns,
      404: { description: 'There is no such mediator' },
    },
    handle: async ({ params: { name: mediator }, query: { limit, cursor, offset = 0, ...query } }) => {
      const key = await findWorkflows(deps, mediator);
      const after = cursor === undefined ? undefined : readPlace(cursor);
      const page = { ...query, after, limit: limit + 1, offset };
      const found = await runStore.list(deps.database.queries, key, page);
      const { items, nextCursor } = toPage(found, limit, ({ run }) => `${run.startedAt} ${run.id}`);
      return reply(200, { workflows: items.map(toRunBody), next_cursor: nextCursor });
    },
  });
}

function readPlace(key: string): RunPlace {
  const [startedAt, id = ''] = key.split(' ');
  return { startedAt: Number(startedAt), id };
}

function readRoute(deps: RunRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: runPath,
    role: 'reader',
    summary: 'Read a workflow',
    params: runParams,
    responses: { 200: shownRun, 404: notFound },
    handle: async ({ params }) => reply(200, toRunBody(await findRun(deps, params))),
  });
}

function historyRoute(deps: RunRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${runPath}/history`,
    role: 'reader',
    summary: 'Read what happened to a workflow, in order',
    description: 'The workflow is what its history folds to. `sequence` goes from 1 without gaps.',
    params: runParams,
    query: historyQuery,
    responses: { 200: shownHistory, 404: notFound },
    handle: async ({ params, query: { limit, order, offset = 0, cursor } }) => {
      const { mediatorKey, run } = await findRun(deps, params);
      const after = cursor === undefined ? undefined : Number(cursor);
      const found = await runStore.history(
        deps.database.queries,
        { mediatorKey, runId: run.id },
        { after, order, limit: limit + 1, offset },
      );
      const { items, nextCursor } = toPage(found, limit, ({ sequence }) => sequence);
      return reply(200, { events: items.map(toEventBody), next_cursor: nextCursor });
    },
  });
}

function signalRoute({ database, useRuns, bodyLimitBytes }: RunRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${runPath}/signals`,
    role: 'writer',
    summary: 'Send a signal to a workflow',
    description:
      'It ends the first step that waits for a signal of this name, with `data` as its result. If none waits yet, it is kept; ' +
      'so up to 100 are.',
    params: runParams,
    body: signalBody,
    bodyLimitBytes,
    responses: {
      201: { description: 'It is received', schema: shownSignal },
      200: { description: 'It had been received already, by the same request', schema: shownSignal },
      404: notFound,
      409: {
        description: 'The workflow has ended, keeps too many signals, or was sent another one of this id',
      },
    },
    handle: async ({ params: { name, id }, body }) => {
      const { object, isReplayed } = await transactOnce(database, (tx) => useRuns.signal(tx, name, id, body));
      const shown = toSignalBody(object);
      return isReplayed ? reply(200, shown, { 'idempotency-replayed': 'true' }) : reply(201, shown);
    },
  });
}

function toSignalBody({ id, name, data, receivedAt }: Signal) {
  return { id, name, data, timestamp: receivedAt.toISOString() };
}

interface Act<Body> {
  readonly verb: string;
  readonly summary: string;
  readonly description?: string;
  readonly body: z.ZodType<Body>;
  readonly toAction: (body: Body) => Action;
}

function actRoute<Body>({ database, useRuns }: RunRoutesDeps, act: Act<Body>): Route {
  const { verb, toAction, ...documented } = act;
  return defineRoute({
    method: 'post',
    path: `${runPath}/${verb}`,
    role: 'writer',
    ...documented,
    params: runParams,
    responses: { 200: shownRun, 404: notFound, 409: illegal },
    handle: async ({ params: { name, id }, body }) => {
      const action = toAction(body);
      return reply(200, toRunBody(await database.transact((tx) => useRuns.act(tx, name, id, action))));
    },
  });
}

async function findWorkflows({ directory }: Pick<RunRoutesDeps, 'directory'>, name: string): Promise<number> {
  const entry = await directory.find(name);
  requireKind(entry, 'workflow');
  return entry.mediator.key;
}

async function findRun(
  deps: RunRoutesDeps,
  { name, id }: { readonly name: string; readonly id: string },
): Promise<StoredRun> {
  const key = await findWorkflows(deps, name);
  const stored = await runStore.find(deps.database.queries, key, id);
  if (!stored) throw noSuchRun(name, id);
  return stored;
}

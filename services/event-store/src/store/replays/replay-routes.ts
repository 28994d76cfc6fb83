import { defineRoute, HttpProblem, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { maskFor } from '../../privacy/mask';
import type { JobState } from '../jobs/job';
import { findJob, jobPageQuery, listJobs } from '../jobs/job-pages';
import type { JobStore } from '../jobs/job-store';
import type { createBeginReplay } from './begin-replay';
import type { Replay, ReplayRequest } from './replay';
import { newReplayBody, replayBody, toReplayBody } from './replay-body';

export interface ReplayRoutesDeps {
  readonly beginReplay: ReturnType<typeof createBeginReplay>;
  readonly store: Pick<JobStore<ReplayRequest>, 'find' | 'list' | 'changeState'>;
  readonly readDifferences: (replayId: string) => Promise<readonly unknown[]>;
  /** Whoever runs replays looks at once. */
  readonly wake: () => void;
}

const path = '/api/v1/event-store/replay';
const params = z.object({ id: z.string() });

/** The past once more: delivered to observers, counted anew, or only compared. */
export function replayRoutes(deps: ReplayRoutesDeps): readonly Route[] {
  return [
    beginRoute(deps),
    listRoute(deps),
    readRoute(deps),
    changeRoute(deps, 'pause', { from: ['running'], to: 'paused' }),
    changeRoute(deps, 'resume', { from: ['paused'], to: 'running' }),
    changeRoute(deps, 'cancel', { from: ['running', 'paused'], to: 'cancelled' }),
  ];
}

function beginRoute({ beginReplay, wake }: ReplayRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path,
    role: 'operator',
    audit: { action: 'replay.start', entity: 'replay' },
    summary: 'Replay the past',
    description:
      'Delivers events again to an observer, or to all that are enabled; the deliveries carry `ce-replay: true`, live ' +
      'delivery goes on and its cursors stand still. Or makes a projection anew while the old one is read. With `shadow` ' +
      'nothing is delivered or changed: what an observer, or a candidate for its place, would get is compared with what ' +
      'is. Each delivery is tried once; failures are counted. A replay goes on where it was after a restart, so that an ' +
      'event may come twice.',
    body: newReplayBody,
    responses: {
      202: {
        description: 'The replay, which has begun',
        schema: replayBody,
        headers: { location: 'Path of the replay' },
      },
    },
    handle: async ({ body }) => {
      const replay = await beginReplay(body);
      wake();
      return reply(202, toReplayBody(replay), { location: `${path}/${replay.id}` });
    },
  });
}

function listRoute({ store }: ReplayRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path,
    role: 'reader',
    summary: 'List replays',
    query: jobPageQuery,
    responses: { 200: z.object({ replays: z.array(replayBody), next_cursor: z.string().nullable() }) },
    handle: async ({ query }) => {
      const { items, nextCursor } = await listJobs(store, query);
      return reply(200, { replays: items.map((replay) => toReplayBody(replay)), next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: ReplayRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${path}/{id}`,
    role: 'reader',
    summary: 'Read how far a replay is, and what a shadow has found',
    params,
    responses: { 200: replayBody },
    handle: async ({ params: { id }, caller }) =>
      reply(200, maskFor(caller, await show(deps, await findJob(deps.store, id, 'replay')))),
  });
}

function changeRoute(
  deps: ReplayRoutesDeps,
  verb: 'pause' | 'resume' | 'cancel',
  { from, to }: { readonly from: readonly JobState[]; readonly to: JobState },
): Route {
  const verbs = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel' };
  return defineRoute({
    method: 'post',
    path: `${path}/{id}/${verb}`,
    role: 'operator',
    summary: `${verbs[verb]} a replay`,
    params,
    responses: { 200: replayBody, 409: { description: 'It has ended' } },
    handle: async ({ params: { id } }) => {
      await deps.store.changeState(id, from, to);
      deps.wake();
      const replay = await findJob(deps.store, id, 'replay');
      if (replay.state !== to) throw new HttpProblem(409, `a replay that is ${replay.state} cannot be ${to}`);
      return reply(200, await show(deps, replay));
    },
  });
}

async function show({ readDifferences }: ReplayRoutesDeps, replay: Replay) {
  return toReplayBody(replay, replay.request.isShadow ? await readDifferences(replay.id) : undefined);
}

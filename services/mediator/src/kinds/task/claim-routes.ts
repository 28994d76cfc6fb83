import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import type { z } from 'zod';
import type { Directory } from '../../mediators/directory';
import { mediatorParams, mediatorPath } from '../../mediators/mediator-schemas';
import { requireSelf } from '../../mediators/require-self';
import type { ClaimTasks } from './claim-tasks';
import { findTaskMediator } from './find-task';
import type { HoldTask, TaskClaim } from './hold-task';
import { showTasks } from './show-task';
import { showOne, taskPath, type ShowDeps } from './task-routes';
import type { Task } from './task';
import {
  claimBody,
  claimedTasks,
  completeBody,
  failBody,
  renewTaskBody,
  shownTask,
  taskParams,
} from './task-schemas';

export interface ClaimRoutesDeps extends ShowDeps {
  readonly directory: Pick<Directory, 'find' | 'noteCall'>;
  readonly claimTasks: ClaimTasks;
  readonly holdTask: HoldTask;
  readonly bodyLimitBytes: number;
}

/** Taking tasks, and what whoever holds one does with it. */
export function claimRoutes(deps: ClaimRoutesDeps): readonly Route[] {
  const { holdTask } = deps;
  return [
    claimRoute(deps),
    holderRoute(deps, {
      verb: 'renew',
      summary: 'Hold a task for longer, from now on',
      description: 'Without `lease_ms` for as long as before.',
      body: renewTaskBody,
      act: (tx, claim, { progress, lease_ms: leaseMs }) => holdTask.renew(tx, claim, { progress, leaseMs }),
    }),
    holderRoute(deps, {
      verb: 'complete',
      summary: 'Say that a task is done',
      description: 'What waits for it alone can be claimed from then on.',
      body: completeBody,
      responses: { 413: { description: 'The result is too large' } },
      act: (tx, claim, { result = null }) => holdTask.complete(tx, claim, result),
    }),
    holderRoute(deps, {
      verb: 'fail',
      summary: 'Say that a try of a task has failed',
      description: 'It is tried again as its retry policy says, unless the `error` is not `retryable`.',
      body: failBody,
      act: (tx, claim, { error }) => holdTask.fail(tx, claim, error),
    }),
  ];
}

function claimRoute(deps: ClaimRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: `${mediatorPath}/tasks/claim`,
    role: 'writer',
    isForColleagues: true,
    summary: 'Take tasks, to do them',
    description:
      'The highest priority first, then the oldest; the priority of what waits rises by one per PRIORITY_AGING_MS. Whoever ' +
      'claims a task holds it for `lease_ms`, and shows its `token` with each call. When that time is over the try has failed.',
    params: mediatorParams,
    body: claimBody,
    responses: {
      200: claimedTasks,
      404: { description: 'There is no such mediator or colleague' },
      409: { description: 'The mediator is of another kind than task' },
    },
    handle: async ({ params: { name: mediator }, body, caller, trace, signal }) => {
      requireSelf(caller, mediator, body.colleague_id);
      const claimed = await deps.claimTasks({ mediator, body, trace, signal });
      const shown = await showTasks(
        deps.database.queries,
        await findTaskMediator(deps.directory, mediator),
        claimed,
      );
      return reply(200, { tasks: shown.map((task, index) => ({ ...task, token: claimed[index]?.token })) });
    },
  });
}

interface HolderVerb<Body extends { readonly token: number }> {
  readonly verb: keyof HoldTask;
  readonly summary: string;
  readonly description: string;
  readonly body: z.ZodType<Body>;
  readonly responses?: Route['responses'];
  readonly act: (tx: Transaction, claim: TaskClaim, body: Body) => Promise<Task>;
}

function holderRoute<Body extends { readonly token: number }>(
  deps: ClaimRoutesDeps,
  { verb, act, responses, ...described }: HolderVerb<Body>,
): Route {
  return defineRoute({
    method: 'post',
    path: `${taskPath}/${verb}`,
    role: 'writer',
    isForColleagues: true,
    ...described,
    params: taskParams,
    bodyLimitBytes: deps.bodyLimitBytes,
    responses: {
      200: shownTask,
      404: { description: 'There is no such mediator or task' },
      409: { description: 'It is not held (any more) by that token' },
      ...responses,
    },
    handle: async ({ params: { name: mediator, id }, body, caller, trace }) => {
      // no colleague sees another's task
      const requireHolder = (colleagueId: string | null) => {
        requireSelf(caller, mediator, colleagueId ?? '');
      };
      const claim = { mediator, id, token: body.token, trace, requireHolder };
      const task = await deps.database.transact((tx) => act(tx, claim, body));
      await noteHolder(deps, mediator, task);
      return reply(200, await showOne(deps, mediator, task));
    },
  });
}

/** Who renews or completes a task is alive, unless it has been unregistered since. */
async function noteHolder(
  { directory }: ClaimRoutesDeps,
  mediator: string,
  { colleagueId }: Task,
): Promise<void> {
  const entry = await directory.find(mediator);
  if (colleagueId !== null && entry.colleagues.has(colleagueId)) await directory.noteCall(entry, colleagueId);
}

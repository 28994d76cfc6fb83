import { defineRoute, pageQuery, reply, toPage, type Reply, type Route } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { z } from 'zod';
import type { Created } from '../../create-once';
import { madeReply } from '../../made-reply';
import { orderKeyPattern } from '../../order-key';
import type { Directory } from '../../mediators/directory';
import { mediatorParams, mediatorPath } from '../../mediators/mediator-schemas';
import { emptyBody } from '../../names';
import type { CreateTask } from './create-task';
import { findTask, findTaskMediator } from './find-task';
import type { OperateTask } from './operate-task';
import { showTasks } from './show-task';
import { taskStatuses, type Task } from './task';
import { shownTask, shownTasks, taskParams, type newTaskBody, type ShownTask } from './task-schemas';
import { taskStore } from './task-store';

/** What showing a task takes. */
export interface ShowDeps {
  readonly database: Database;
  readonly directory: Pick<Directory, 'find'>;
}

export interface TaskRoutesDeps extends ShowDeps {
  readonly createTask: CreateTask;
  readonly operateTask: OperateTask;
  readonly body: ReturnType<typeof newTaskBody>;
  readonly bodyLimitBytes: number;
}

export const taskPath = `${mediatorPath}/tasks/{id}`;
export const taskResponses = {
  404: { description: 'There is no such mediator or task' },
  409: { description: 'The mediator is of another kind than task, or the state of the task forbids it' },
};

/** Making, finding, cancelling tasks, and having them tried again. */
export function taskRoutes(deps: TaskRoutesDeps): readonly Route[] {
  return [
    createRoute(deps),
    listRoute(deps),
    readRoute(deps),
    operateRoute(
      deps,
      'cancel',
      'End a task',
      'Whoever holds it holds it no more; what depends on it fails.',
    ),
    operateRoute(
      deps,
      'retry',
      'Try a failed or cancelled task again',
      'With all its tries before it. What depends on it has failed with it, and is tried again by itself.',
    ),
  ];
}

/** What every way of creating a task answers. */
export async function createdReply(
  deps: ShowDeps,
  mediator: string,
  { object, isReplayed }: Created<Task>,
): Promise<Reply> {
  const shown = await showOne(deps, mediator, object);
  return madeReply(shown, isReplayed, [mediator, 'tasks', object.id]);
}

/** What every act on a task answers. */
export async function showOne(
  { database, directory }: ShowDeps,
  mediator: string,
  task: Task,
): Promise<ShownTask | undefined> {
  const key = await findTaskMediator(directory, mediator);
  return (await showTasks(database.queries, key, [task]))[0];
}

function createRoute(deps: TaskRoutesDeps): Route {
  const { database, createTask, body: bodySchema, bodyLimitBytes } = deps;
  return defineRoute({
    method: 'post',
    path: `${mediatorPath}/tasks`,
    role: 'writer',
    summary: 'Create a task',
    description:
      'It is `blocked` until all that it depends on is completed, then `pending` until a colleague claims it. With the first ' +
      'of those that fails or is cancelled it fails itself, with code `dependency-failed`.',
    params: mediatorParams,
    body: bodySchema,
    bodyLimitBytes,
    responses: {
      201: { description: 'It is there', schema: shownTask, headers: { location: 'Path of the task' } },
      200: { description: 'The same call had made it before', schema: shownTask },
      404: { description: 'There is no such mediator' },
      409: { description: 'The mediator is of another kind than task, or the id or unique key is taken' },
      413: { description: 'The data is too large' },
    },
    handle: async ({ params: { name: mediator }, body, trace }) =>
      createdReply(
        deps,
        mediator,
        await database.transact((tx) => createTask(tx, { mediator, body, trace })),
      ),
  });
}

function listRoute({ database, directory }: TaskRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${mediatorPath}/tasks`,
    role: 'reader',
    summary: 'List tasks, the oldest first',
    params: mediatorParams,
    query: pageQuery({ status: z.enum(taskStatuses).optional() }, orderKeyPattern),
    responses: { 200: shownTasks, ...taskResponses },
    handle: async ({ params: { name }, query: { limit, order, offset = 0, cursor, status } }) => {
      const key = await findTaskMediator(directory, name);
      const page = { status, after: cursor, order, limit: limit + 1, offset };
      const found = await taskStore.list(database.queries, key, page);
      const { items, nextCursor } = toPage(found, limit, ({ orderKey }) => orderKey);
      const tasks = await showTasks(database.queries, key, items);
      return reply(200, { tasks, next_cursor: nextCursor });
    },
  });
}

function readRoute(deps: TaskRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: taskPath,
    role: 'reader',
    summary: 'Read a task',
    params: taskParams,
    responses: { 200: shownTask, ...taskResponses },
    handle: async ({ params: { name, id } }) => {
      const key = await findTaskMediator(deps.directory, name);
      return reply(200, await showOne(deps, name, await findTask(deps.database.queries, key, id)));
    },
  });
}

function operateRoute(
  deps: TaskRoutesDeps,
  verb: keyof OperateTask,
  summary: string,
  description: string,
): Route {
  const { database, operateTask } = deps;
  return defineRoute({
    method: 'post',
    path: `${taskPath}/${verb}`,
    role: 'writer',
    summary,
    description,
    params: taskParams,
    body: emptyBody,
    responses: { 200: shownTask, ...taskResponses },
    handle: async ({ params: { name: mediator, id }, trace }) => {
      const task = await database.transact((tx) => operateTask[verb](tx, { mediator, id }, trace));
      return reply(200, await showOne(deps, mediator, task));
    },
  });
}

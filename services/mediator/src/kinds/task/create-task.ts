import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../../create-once';
import { fencingFloors } from '../../fencing-floors';
import type { MediatorEntry } from '../../mediators/directory';
import { requireSize } from '../../message-size';
import type { PartDeps } from '../../part';
import { refuse, refuseInput } from '../../problems';
import { dependencyStore } from './dependency-store';
import { enterTasks } from './find-task';
import type { FollowTask } from './follow-task';
import { admit, newTask, type Dependency, type Task, type TaskSettings } from './task';
import type { NewTaskBody } from './task-schemas';
import { taskStore } from './task-store';

export interface CreateTaskRequest {
  readonly mediator: string;
  readonly body: NewTaskBody;
  readonly trace: TraceContext;
}

/**
 * Creates a task; the same call again finds it. Since what it depends on is there before it, there are no cycles.
 * Throws `already-exists`, `duplicate-key`, `too-large`, and `invalid` where it depends on what is not there.
 */
export type CreateTask = (tx: Transaction, request: CreateTaskRequest) => Promise<Created<Task>>;

type CreateTaskDeps = Pick<PartDeps, 'config' | 'directory' | 'clock' | 'newId'> & {
  readonly followTask: Pick<FollowTask, 'insert'>;
};

export function createCreateTask({
  config,
  directory,
  clock,
  newId,
  followTask,
}: CreateTaskDeps): CreateTask {
  async function create(
    tx: Transaction,
    entry: MediatorEntry,
    { id, body, trace }: CreateTaskRequest & { readonly id: string },
  ): Promise<Task> {
    const { key } = entry.mediator;
    const settings = toSettings(body);
    await requireFreeKey(tx, key, settings);
    const dependencies = await dependencyStore.find(tx.queries, key, settings.dependencies);
    requireAll(settings.dependencies, dependencies);
    const moment = { now: clock.now(), agingMs: config.priorityAgingMs };
    const token = await fencingFloors.find(tx.queries, entry.mediator.name, 'task');
    const task = { ...newTask(settings, { id, orderKey: newId() }), token };
    const object = admit(task, dependencies, moment);
    return followTask.insert(tx, entry, { object, requestHash: hashRequest(body) }, trace);
  }

  return async function createTask(tx, request) {
    const { mediator, body } = request;
    requireSize(body.data, config.maxMessageBytes, 'data');
    const entry = await enterTasks(tx, directory, mediator);
    const { id = newId() } = body;
    return createOnceIn(tx, {
      noun: 'task',
      id,
      requestHash: hashRequest(body),
      find: () => taskStore.find(tx.queries, entry.mediator.key, id),
      create: () => create(tx, entry, { ...request, id }),
    });
  };
}

/** Throws `duplicate-key` while another task with the unique key is open. */
export async function requireFreeKey(
  tx: Transaction,
  mediatorKey: number,
  { uniqueKey }: Pick<TaskSettings, 'uniqueKey'>,
): Promise<void> {
  if (uniqueKey === null || !(await taskStore.isKeyTaken(tx.queries, mediatorKey, uniqueKey))) return;
  throw refuse('duplicate-key', `there is an open task with the unique key ${uniqueKey}`);
}

function requireAll(ids: readonly string[], found: readonly Dependency[]): void {
  const known = new Set(found.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw refuseInput(unknown.map((id) => ({ field: 'dependencies', message: `names an unknown task ${id}` })));
}

function toSettings(body: NewTaskBody): TaskSettings {
  const { name, type, priority, data = null, retry, concurrency } = body;
  return {
    name,
    type,
    priority,
    data,
    retry,
    concurrency,
    dependencies: [...new Set(body.dependencies)],
    handlerId: body.handler_id ?? null,
    uniqueKey: body.unique_key ?? null,
    concurrencyKey: body.concurrency_key ?? null,
    estimatedTime: body.estimated_time,
  };
}

import type { Queries, Transaction } from '@fanfare/storage';
import type { Directory, MediatorEntry } from '../../mediators/directory';
import { requireKind } from '../../mediators/require-kind';
import { refuse } from '../../problems';
import type { Task } from './task';
import { taskStore } from './task-store';

/** How callers name a task. */
export interface TaskAddress {
  readonly mediator: string;
  readonly id: string;
}

/** A task that nobody else changes until the end of the transaction. */
export interface HeldTask {
  readonly entry: MediatorEntry;
  readonly task: Task;
}

/**
 * Locks the tasks of a mediator, all at once: what may be claimed depends on what others hold and what has been completed,
 * so no two claims may be decided side by side. Throws `mediator-not-found` or `wrong-kind`.
 */
export async function enterTasks(
  tx: Transaction,
  directory: Pick<Directory, 'enter'>,
  mediator: string,
): Promise<MediatorEntry> {
  const entry = await directory.enter(tx, mediator);
  requireKind(entry, 'task');
  await taskStore.lockQueue(tx, entry.mediator.key);
  return entry;
}

/** The same, with one of the tasks. Throws also `not-found`. */
export async function enterTask(
  tx: Transaction,
  directory: Pick<Directory, 'enter'>,
  { mediator, id }: TaskAddress,
): Promise<HeldTask> {
  const entry = await enterTasks(tx, directory, mediator);
  return { entry, task: await findTask(tx.queries, entry.mediator.key, id) };
}

/** Throws `mediator-not-found` or `wrong-kind`; returns the key of a mediator of tasks. */
export async function findTaskMediator(
  directory: Pick<Directory, 'find'>,
  mediator: string,
): Promise<number> {
  const entry = await directory.find(mediator);
  requireKind(entry, 'task');
  return entry.mediator.key;
}

/** Throws `not-found`. */
export async function findTask(queries: Queries, mediatorKey: number, id: string): Promise<Task> {
  const found = await taskStore.find(queries, mediatorKey, id);
  if (!found) throw refuse('not-found', `there is no task ${id}`);
  return found.object;
}

/** What `Waiting` is told when there may be something to claim. */
export function tasksTopic(mediatorKey: number): string {
  return `tasks:${mediatorKey}`;
}

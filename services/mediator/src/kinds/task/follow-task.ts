import { taskCancelled, taskCompleted, taskFailed, type TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { MediatorEntry } from '../../mediators/directory';
import type { PartDeps } from '../../part';
import type { Timers } from '../../timers/timers';
import { dependencyStore } from './dependency-store';
import { tasksTopic, type HeldTask } from './find-task';
import { admit, isOpen, type Task } from './task';
import { taskStore, type CreatedTask } from './task-store';

/** Kind of the timers of tasks: when a lease runs out. */
export const leaseTimer = 'task';

/** Writes down what has become of tasks, with all that follows from it. */
export interface FollowTask {
  insert(tx: Transaction, entry: MediatorEntry, created: CreatedTask, trace: TraceContext): Promise<Task>;
  /** `task` is as it was, `changed` as it is now, maybe the same; returns `changed`. */
  save(tx: Transaction, { entry, task }: HeldTask, changed: Task, trace?: TraceContext): Promise<Task>;
}

type FollowTaskDeps = Pick<PartDeps, 'announce' | 'clock' | 'waiting'> & {
  readonly timers: Pick<Timers, 'set' | 'cancel'>;
  readonly agingMs: number;
};

export function createFollowTask({ announce, clock, timers, waiting, agingMs }: FollowTaskDeps): FollowTask {
  function keepTime(tx: Transaction, mediatorKey: number, before: Task, { id, lease }: Task): void {
    const timer = { kind: leaseTimer, mediatorKey, id };
    if (lease) timers.set(tx, { ...timer, dueAt: lease.until });
    else if (before.lease) timers.cancel(tx, timer);
  }

  function tellLater(tx: Transaction, mediatorKey: number): void {
    tx.afterCommit(() => {
      waiting.tell(tasksTopic(mediatorKey));
    });
  }

  function announceEnd(tx: Transaction, mediator: string, task: Task, trace?: TraceContext): void {
    const fact = { mediator, task_id: task.id, name: task.name, type: task.type };
    if (task.status === 'completed') announce(tx, taskCompleted, fact, trace);
    else if (task.status === 'cancelled') announce(tx, taskCancelled, fact, trace);
    else announce(tx, taskFailed, { ...fact, ...(task.error && { error: task.error }) }, trace);
  }

  /** Tells that a task has ended, and lets those in that waited for it, or fails them and all that wait for those. */
  async function followEnd(
    tx: Transaction,
    { mediator: { key, name } }: MediatorEntry,
    task: Task,
    trace?: TraceContext,
  ): Promise<void> {
    const moment = { now: clock.now(), agingMs };
    const ended = [task];
    for (const one of ended) {
      announceEnd(tx, name, one, trace);
      for (const blocked of await dependencyStore.blockedBy(tx.queries, key, one.id)) {
        const dependencies = await dependencyStore.find(tx.queries, key, blocked.dependencies);
        const admitted = admit(blocked, dependencies, moment);
        if (admitted === blocked) continue;
        await taskStore.save(tx, key, admitted);
        if (!isOpen(admitted)) ended.push(admitted);
      }
    }
  }

  return {
    async insert(tx, entry, created, trace) {
      const { object: task } = created;
      await taskStore.insert(tx, entry.mediator.key, created);
      if (!isOpen(task)) announceEnd(tx, entry.mediator.name, task, trace);
      if (task.status === 'pending') tellLater(tx, entry.mediator.key);
      return task;
    },

    async save(tx, { entry, task: before }, changed, trace) {
      if (changed === before) return changed;
      const { key } = entry.mediator;
      await taskStore.save(tx, key, changed);
      keepTime(tx, key, before, changed);
      if (isOpen(before) && !isOpen(changed)) await followEnd(tx, entry, changed, trace);
      if (changed.status !== 'running') tellLater(tx, key);
      return changed;
    },
  };
}

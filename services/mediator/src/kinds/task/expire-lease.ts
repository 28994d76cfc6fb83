import type { PartDeps } from '../../part';
import type { TimerHandler } from '../../timers/timers';
import { leaseTimer, type FollowTask } from './follow-task';
import { expire } from './task';
import { taskStore } from './task-store';

type ExpireLeaseDeps = Pick<
  PartDeps,
  'database' | 'directory' | 'clock' | 'random' | 'newTrace' | 'timers'
> & {
  readonly followTask: Pick<FollowTask, 'save'>;
};

/** Frees a task whose lease has run out; the try has failed. */
export function createExpireLease(deps: ExpireLeaseDeps): TimerHandler {
  const { database, directory, clock, random, newTrace, timers, followTask } = deps;
  return ({ mediatorKey, id }) =>
    database.transact(async (tx) => {
      const entry = await directory.enterByKey(tx, mediatorKey);
      if (!entry) return;
      await taskStore.lockQueue(tx, mediatorKey);
      const task = (await taskStore.find(tx.queries, mediatorKey, id))?.object;
      if (!task?.lease) return;
      const expired = expire(task, { now: clock.now(), random });
      if (expired) await followTask.save(tx, { entry, task }, expired, newTrace());
      // the clock of whoever claimed it may be ahead
      else timers.set(tx, { kind: leaseTimer, mediatorKey, id, dueAt: task.lease.until });
    });
}

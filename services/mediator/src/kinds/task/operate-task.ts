import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import type { PartDeps } from '../../part';
import { requireFreeKey } from './create-task';
import { dependencyStore } from './dependency-store';
import { enterTask, type TaskAddress } from './find-task';
import type { FollowTask } from './follow-task';
import { cancel, isOpen, retry, type Task } from './task';

/** What others than the holder do with a task, in the transaction of the caller. Both throw `illegal-transition`. */
export interface OperateTask {
  /** Whoever holds it finds its token stale; what depends on it fails. */
  cancel(tx: Transaction, address: TaskAddress, trace: TraceContext): Promise<Task>;
  /** What failed because of it is not tried again with it. Throws also `duplicate-key`. */
  retry(tx: Transaction, address: TaskAddress, trace: TraceContext): Promise<Task>;
}

type OperateTaskDeps = Pick<PartDeps, 'config' | 'directory' | 'clock'> & {
  readonly followTask: Pick<FollowTask, 'save'>;
};

export function createOperateTask({ config, directory, clock, followTask }: OperateTaskDeps): OperateTask {
  return {
    async cancel(tx, address, trace) {
      const held = await enterTask(tx, directory, address);
      return followTask.save(tx, held, cancel(held.task, clock.now()), trace);
    },

    async retry(tx, address, trace) {
      const held = await enterTask(tx, directory, address);
      const { key } = held.entry.mediator;
      const dependencies = await dependencyStore.find(tx.queries, key, held.task.dependencies);
      const moment = { now: clock.now(), agingMs: config.priorityAgingMs };
      const retried = retry(held.task, dependencies, moment);
      if (!isOpen(held.task)) await requireFreeKey(tx, key, held.task);
      return followTask.save(tx, held, retried, trace);
    },
  };
}

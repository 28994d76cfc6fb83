import type { Transaction } from '@fanfare/storage';
import type { PartDeps } from '../../part';
import { enterTasks } from './find-task';
import type { FollowTask } from './follow-task';
import { free, type Task } from './task';
import { taskStore } from './task-store';

/** Lets tasks be claimed by others at once; this costs no try. */
export interface FreeTasks {
  /** Those that were claimed for nobody; what is no longer held by these claims stays as it is. */
  giveBack(tx: Transaction, mediator: string, claimed: readonly Task[]): Promise<void>;
  /** All that a colleague holds; the mediator is locked. */
  ofColleague(tx: Transaction, mediatorKey: number, colleagueId: string): Promise<void>;
}

type FreeTasksDeps = Pick<PartDeps, 'directory' | 'clock'> & {
  readonly followTask: Pick<FollowTask, 'save'>;
};

export function createFreeTasks({ directory, clock, followTask }: FreeTasksDeps): FreeTasks {
  return {
    async giveBack(tx, mediator, claimed) {
      const entry = await enterTasks(tx, directory, mediator);
      for (const { id, token } of claimed) {
        const task = (await taskStore.find(tx.queries, entry.mediator.key, id))?.object;
        if (!task?.lease || task.token !== token) continue;
        await followTask.save(tx, { entry, task }, free(task, clock.now()));
      }
    },

    async ofColleague(tx, mediatorKey, colleagueId) {
      const entry = await directory.enterByKey(tx, mediatorKey);
      if (!entry) return;
      for (const task of await taskStore.heldBy(tx.queries, mediatorKey, colleagueId)) {
        await followTask.save(tx, { entry, task }, free(task, clock.now()));
      }
    },
  };
}

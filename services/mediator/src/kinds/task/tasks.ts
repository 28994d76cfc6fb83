import { createValidate } from '@fanfare/service-kit';
import { failures } from '../../mailbox/failures';
import { bodyLimitOf } from '../../message-size';
import type { Part, PartDeps } from '../../part';
import { createClaimTasks } from './claim-tasks';
import { claimRoutes } from './claim-routes';
import { createCreateTask } from './create-task';
import { createExpireLease } from './expire-lease';
import { tasksTopic } from './find-task';
import { createFollowTask, leaseTimer } from './follow-task';
import { createFreeTasks } from './free-tasks';
import { createHoldTask } from './hold-task';
import { createOperateTask } from './operate-task';
import { taskStatuses } from './task';
import { createdReply, taskRoutes } from './task-routes';
import { newTaskBody } from './task-schemas';
import { taskStore } from './task-store';

/** Mediators of kind task: work that colleagues take, each piece by one at a time. */
export function createTasks(deps: Omit<PartDeps, 'work'>): Part {
  const { config, database, clock, timers, waiting } = deps;
  const followTask = createFollowTask({ ...deps, agingMs: config.priorityAgingMs });
  const shared = { ...deps, followTask };
  const createTask = createCreateTask(shared);
  const freeTasks = createFreeTasks(shared);
  timers.handle(leaseTimer, createExpireLease(shared));

  const body = newTaskBody(config.retryCount);
  const validate = createValidate(body, 'body');
  const bodyLimitBytes = bodyLimitOf(config);
  return {
    routes: [
      ...taskRoutes({ ...deps, createTask, operateTask: createOperateTask(shared), body, bodyLimitBytes }),
      ...claimRoutes({
        ...deps,
        bodyLimitBytes,
        claimTasks: createClaimTasks({ ...shared, freeTasks }),
        holdTask: createHoldTask(shared),
      }),
    ],
    createByMessage: {
      async task({ mediator, body: posted, trace }) {
        const request = { mediator, body: validate(posted), trace };
        return createdReply(deps, mediator, await database.transact((tx) => createTask(tx, request)));
      },
    },
    async onMediatorRemoved(tx, mediatorKey) {
      await taskStore.failAll(tx, mediatorKey, failures.removed, clock.now());
      tx.afterCommit(() => {
        waiting.tell(tasksTopic(mediatorKey));
      });
    },
    onColleagueUnregistered: (tx, mediatorKey, id) => freeTasks.ofColleague(tx, mediatorKey, id),
    async countRuns() {
      const counts = await taskStore.count(database.queries);
      return taskStatuses.map((status) => ({ kind: 'task', status, count: counts.get(status) ?? 0 }));
    },
    prune: (before, limit) => database.transact((tx) => taskStore.prune(tx, before, limit)),
  };
}

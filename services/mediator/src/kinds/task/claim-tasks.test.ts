import { createVirtualClock } from '@fanfare/core';
import { hostMediator } from '../../../test/host-mediator';
import { actOnTasks } from '../../../test/support/act-on-tasks';
import { createDirectory } from '../../mediators/create-directory';
import { createClaimTasks } from './claim-tasks';
import { createFollowTask } from './follow-task';
import { createFreeTasks } from './free-tasks';

const nothing = () => undefined;

it('what is claimed for a caller that hangs up at that very moment is free again, and has cost no try', async () => {
  const clock = createVirtualClock();
  await using service = await hostMediator({}, { clock });
  await service.begin({ name: 'work', kind: 'task' }, 'ann', 'ben');
  const work = actOnTasks(service);
  await work.create('job');
  const { database } = service;
  const directory = createDirectory({ database, clock, inactiveTimeoutMs: 1_000 });
  const caller = new AbortController();
  const waiting = {
    tell: nothing,
    listen: () => nothing,
    async until<T>(_: unknown, look: () => Promise<T | undefined>): Promise<T | undefined> {
      const found = await look();
      caller.abort();
      return found;
    },
  };
  const timers = { set: nothing, cancel: nothing };
  const followTask = createFollowTask({ announce: nothing, clock, timers, waiting, agingMs: 1 });
  const freeTasks = createFreeTasks({ directory, clock, followTask });
  const claimTasks = createClaimTasks({ database, directory, clock, waiting, followTask, freeTasks });

  await claimTasks({
    mediator: 'work',
    signal: caller.signal,
    trace: { correlationid: 'c', traceparent: 't' },
    body: { colleague_id: 'ann', limit: 1, lease_ms: 30_000, wait_ms: 0 },
  });

  expect(await work.take('ben')).toMatchObject({ id: 'job', token: 2, attempts: 1 });
});

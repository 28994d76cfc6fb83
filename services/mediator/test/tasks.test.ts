import type { VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { taskStore } from '../src/kinds/task/task-store';
import { api, type MediatorForTest } from './host-mediator';
import { hostTasks, tasksPath, type ActingOnTasks } from './support/act-on-tasks';
import { expectRefusal } from './support/expect-refusal';

const idsOf = (tasks: readonly { readonly id: string }[]) => tasks.map(({ id }) => id);

describe('tasks', () => {
  let clock: VirtualClock;
  let service: MediatorForTest;
  let work: ActingOnTasks;

  beforeEach(async () => {
    ({ clock, service, work } = await hostTasks());
  });
  afterEach(() => service.stop());

  it('are made once, as the seed shows them, and read', async () => {
    const body = { id: 'one', name: 'process_order', type: 'processing', priority: 1, estimated_time: 5 };
    const created = await work.post('', body);
    const again = await work.post('', { ...body, status: 'pending', progress: 0 });

    expect(created).toMatchObject({ status: 201, headers: { location: `${api}${tasksPath}/one` } });
    expect(created.body).toEqual({
      id: 'one',
      name: 'process_order',
      type: 'processing',
      status: 'pending',
      priority: 1,
      data: null,
      dependencies: [],
      dependents: [],
      attempts: 0,
      progress: 0,
      result: null,
      error: null,
      colleague_id: null,
      lease_until: null,
      estimated_time: 5,
      actual_time: null,
      start_time: null,
      end_time: null,
    });
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expectRefusal(await work.post('', { ...body, priority: 2 }), 409, 'already-exists');
    expect(await work.read('one')).toEqual(created.body);
  });

  it('are announced when they end, once each', async () => {
    for (const id of ['done', 'broken', 'dropped']) await work.create(id, { type: 't' });
    const [done, broken] = await work.claim('ann', { limit: 2 });
    if (!done || !broken) throw new Error('two were claimed');
    const error = { code: 'wrong', message: 'no', retryable: false };
    for (let time = 0; time < 2; time += 1) {
      await work.say(done, 'complete');
      await work.say(broken, 'fail', { error });
      await work.post('/dropped/cancel');
    }

    const facts = (await service.announced()).filter(({ type }) => type.includes('.task.'));
    const named = (id: string) => ({ mediator: 'work', task_id: id, name: id, type: 't' });
    expect(facts.map(({ type, data }) => [type, data])).toEqual([
      ['com.fanfare.task.completed.v1', named('done')],
      ['com.fanfare.task.failed.v1', { ...named('broken'), error }],
      ['com.fanfare.task.cancelled.v1', named('dropped')],
    ]);
  });

  it('of one unique key are open one at a time', async () => {
    await work.create('first', { unique_key: 'k' });
    const second = { id: 'second', name: 'n', unique_key: 'k' };

    expectRefusal(await work.post('', second), 409, 'duplicate-key');
    await work.post('/first/cancel');
    expect(await work.post('', second)).toMatchObject({ status: 201 });
    expectRefusal(await work.post('/first/retry'), 409, 'duplicate-key');
  });

  it('are gone with their mediator, also for those who wait for some', async () => {
    await work.create('job');
    const task = await work.take('ann');
    const before = clock.pending;
    const waiting = work.post('/claim', { colleague_id: 'ben', wait_ms: 60_000 });
    await eventually(() => {
      expect(clock.pending).toBe(before + 1);
    });

    await service.delete('/mediators/work');

    expectRefusal(await waiting, 404, 'mediator-not-found');
    await service.begin({ name: 'work', kind: 'task' }, 'ann');
    expect(await work.list()).toEqual([]);
    expectRefusal(await work.say(task, 'complete'), 404, 'not-found');
  });

  it('are listed by status, page by page, the oldest first', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await work.create(id);
    await work.claim('ann', { limit: 2 });

    expect(idsOf(await work.list('status=running'))).toEqual(['a', 'b']);
    const { body } = await service.get(`${tasksPath}?limit=3&order=desc`);
    const page = body as { readonly tasks: readonly { readonly id: string }[]; readonly next_cursor: string };
    expect(idsOf(page.tasks)).toEqual(['d', 'c', 'b']);
    expect(idsOf(await work.list(`order=desc&cursor=${page.next_cursor}`))).toEqual(['a']);
  });

  it('are counted by status, and forgotten with their ids some time after their end', async () => {
    await work.create('over');
    await work.create('open');
    await work.post('/over/cancel');

    const { body } = await service.request('/metrics');
    const counted = [...String(body).matchAll(/^mediator_runs\{kind="task",status="(\w+)"\} (\d+)$/gm)];
    expect(Object.fromEntries(counted.map(([, status, count]) => [status, Number(count)]))).toEqual({
      blocked: 0,
      pending: 1,
      running: 0,
      completed: 0,
      failed: 0,
      cancelled: 1,
    });
    const prune = () => service.database.transact((tx) => taskStore.prune(tx, clock.now(), 10));
    expect(await prune()).toBe(0);
    await clock.advance(1);
    expect(await prune()).toBe(1);
    await work.create('over', { priority: 7 });
    expect(idsOf(await work.list())).toEqual(['open', 'over']);
  });

  it('say what is wrong with a call', async () => {
    await work.create('job');

    const tooLong = 'x'.repeat(1_000);
    for (const [path, body, status, code] of [
      ['', { name: 'n', colour: 'red' }, 400, 'invalid'],
      ['', { name: 'n', priority: 101 }, 400, 'invalid'],
      ['', { name: 'n', data: tooLong }, 413, 'too-large'],
      ['/claim', { colleague_id: 'nobody' }, 404, 'colleague-not-found'],
      ['/claim', { colleague_id: 'ann', wait_ms: 60_001 }, 400, 'invalid'],
      ['/claim', { colleague_id: 'ann', lease_ms: 99 }, 400, 'invalid'],
      ['/none/complete', { token: 1 }, 404, 'not-found'],
      ['/job/renew', { token: 1, progress: 101 }, 400, 'invalid'],
      ['/job/complete', { token: 1, result: tooLong }, 413, 'too-large'],
    ] as const) {
      expectRefusal(await work.post(path, body), status, code);
    }
  });

  it('are known to mediators of kind task only', async () => {
    await service.begin({ name: 'talk' }, 'ann');

    for (const [path, body] of [
      ['', { name: 'n' }],
      ['/claim', { colleague_id: 'ann' }],
      ['/a/cancel', {}],
    ] as const) {
      expectRefusal(await service.post(`/mediators/talk/tasks${path}`, body), 409, 'wrong-kind');
    }
  });
});

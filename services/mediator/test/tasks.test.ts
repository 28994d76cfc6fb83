import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { expectProblem, type TestResponse } from '@fanfare/service-kit/testing';
import { taskStore } from '../src/kinds/task/task-store';
import { api, hostMediator, type MediatorForTest } from './host-mediator';
import { actOnTasks, tasksPath, type ActingOnTasks } from './support/act-on-tasks';

const minute = 60_000;
const idsOf = (tasks: readonly { readonly id: string }[]) => tasks.map(({ id }) => id);

describe('tasks', () => {
  let clock: VirtualClock;
  let service: MediatorForTest;
  let work: ActingOnTasks;

  beforeEach(async () => {
    clock = createVirtualClock();
    service = await hostMediator({ MAX_MESSAGE_BYTES: '1000', INACTIVE_TIMEOUT: '1m' }, { clock });
    await service.begin({ name: 'work', kind: 'task' }, 'ann', 'ben');
    work = actOnTasks(service);
  });
  afterEach(() => service.stop());

  function expectCode(answer: TestResponse, status: number, code: string): void {
    expect(expectProblem(answer, status)).toMatchObject({ code });
  }

  it('are made once, as the seed shows them, and read', async () => {
    const body = { id: 'one', name: 'process_order', type: 'processing', priority: 1, estimated_time: 5 };
    const created = await work.post('', body);
    const again = await work.post('', { ...body, status: 'pending', progress: 0 });

    expect(created).toMatchObject({ status: 201, headers: { location: `${api}${tasksPath}/one` } });
    expect(created.body).toEqual({
      ...{ id: 'one', name: 'process_order', type: 'processing', status: 'pending', priority: 1, data: null },
      ...{ dependencies: [], dependents: [], attempts: 0, progress: 0, result: null, error: null },
      ...{ colleague_id: null, lease_until: null, estimated_time: 5, actual_time: null },
      ...{ start_time: null, end_time: null },
    });
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expectCode(await work.post('', { ...body, priority: 2 }), 409, 'already-exists');
    expect(await work.read('one')).toEqual(created.body);
  });

  it('are claimed by the highest priority first, then the oldest', async () => {
    for (const [id, priority] of [...Object.entries({ a: 0, b: 5, c: -100, d: 5 }), ['e', 100]] as const) {
      await work.create(id, { priority });
    }

    expect(idsOf(await work.claim('ann', { limit: 2 }))).toEqual(['e', 'b']);
    expect(idsOf(await work.claim('ben', { limit: 100 }))).toEqual(['d', 'a', 'c']);
    expect(await work.claim('ann')).toEqual([]);
  });

  it('rise while they wait, so that none waits for ever', async () => {
    await work.create('patient', { priority: 0 });
    await clock.advance(2 * minute + 1);
    await work.create('important', { priority: 2 });
    await work.create('urgent', { priority: 3 });

    expect(idsOf(await work.claim('ann', { limit: 3 }))).toEqual(['urgent', 'patient', 'important']);
  });

  it('are for whom they name, and of the types that are asked for', async () => {
    await work.create('for-ben', { handler_id: 'ben', type: 'a' });
    await work.create('untyped');
    await work.create('b', { type: 'b' });

    expect(await work.claim('ann', { types: ['a'] })).toEqual([]);
    expect(idsOf(await work.claim('ann', { types: ['a', 'b'], limit: 5 }))).toEqual(['b']);
    expect(idsOf(await work.claim('ben', { limit: 5 }))).toEqual(['for-ben', 'untyped']);
  });

  it('are completed by whoever holds them, and the token is told to nobody else', async () => {
    await work.create('job', { data: { n: 1 } });
    const task = await work.take('ann', { lease_ms: minute });
    expect(task).toMatchObject({
      ...{ status: 'running', attempts: 1, colleague_id: 'ann', token: 1, data: { n: 1 } },
      lease_until: '2026-01-01T00:01:00.000Z',
    });
    expect(await work.read('job')).not.toHaveProperty('token');

    await clock.advance(10_000);
    expect((await work.say(task, 'renew', { progress: 40 })).body).toMatchObject({
      ...{ progress: 40, lease_until: '2026-01-01T00:01:10.000Z' },
    });
    const done = await work.say(task, 'complete', { result: { m: 2 } });

    expect(done.body).toMatchObject({
      ...{ status: 'completed', progress: 100, result: { m: 2 }, colleague_id: 'ann', lease_until: null },
      ...{ start_time: '2026-01-01T00:00:00.000Z', actual_time: 10_000 },
    });
    expect(await work.say(task, 'complete', { result: 'another' })).toMatchObject({
      ...{ status: 200, body: done.body },
    });
    expectCode(await work.say(task, 'renew'), 409, 'stale-token');
    expectCode(await work.say({ ...task, token: 2 }, 'complete'), 409, 'stale-token');
  });

  it('are tried again after the delay of their retry policy, until they fail', async () => {
    await work.create('job', { retry: { max_attempts: 2, delay_ms: minute, max_delay_ms: minute } });
    const first = await work.take('ann');
    const error = { code: 'busy', message: 'no time' };
    for (let time = 0; time < 2; time += 1) {
      expect((await work.say(first, 'fail', { error })).body).toMatchObject({
        ...{ status: 'pending', attempts: 1, error: { ...error, retryable: true }, end_time: null },
      });
    }

    await clock.advance(minute);
    const second = await work.take('ben');
    expect(second).toMatchObject({ token: 2, attempts: 2 });
    expectCode(await work.say(first, 'complete'), 409, 'stale-token');
    expect((await work.say(second, 'fail')).body).toMatchObject({
      ...{ status: 'failed', error: { code: 'failed' }, end_time: '2026-01-01T00:01:00.000Z' },
    });

    expect((await work.post('/job/retry')).body).toMatchObject({
      status: 'pending',
      attempts: 0,
      error: null,
    });
    expect((await work.post('/job/retry')).status).toBe(200);
    const third = await work.take('ann');
    expect(third).toMatchObject({ token: 3, attempts: 1 });
    const refusal = { error: { code: 'wrong', retryable: false } };
    expect((await work.say(third, 'fail', refusal)).body).toMatchObject({ status: 'failed', attempts: 1 });
  });

  it('are free again when the lease runs out, which costs a try', async () => {
    await work.create('job', { retry: { max_attempts: 2, delay_ms: 0 } });
    const first = await work.take('ann', { lease_ms: 1_000 });
    await clock.advance(500);
    await work.say(first, 'renew');
    await clock.advance(999);
    expect(await work.read('job')).toMatchObject({ status: 'running' });
    await clock.advance(1);
    expectCode(await work.say(first, 'complete'), 409, 'stale-token');
    await eventually(async () => {
      expect(await work.read('job')).toMatchObject({ status: 'pending', error: { code: 'lease-expired' } });
    });

    expect(await work.take('ben', { lease_ms: 1_000 })).toMatchObject({ token: 2, attempts: 2 });
    await eventually(async () => {
      await clock.advance(1_000);
      expect(await work.read('job')).toMatchObject({ status: 'failed', error: { code: 'lease-expired' } });
    });
  });

  it('show that whoever renews them is alive', async () => {
    await work.create('job');
    const task = await work.take('ann', { lease_ms: 10 * minute });
    const readAnn = async () => (await service.get('/mediators/work/colleagues/ann')).body;

    await clock.advance(40_000);
    await work.say(task, 'renew');
    await clock.advance(40_000);
    expect(await readAnn()).toMatchObject({ active: true });
    await clock.advance(40_000);
    expect(await readAnn()).toMatchObject({ active: false });
  });

  it('are cancelled unless they have ended, and their holder is refused', async () => {
    await work.create('job');
    const task = await work.take('ann');

    for (let time = 0; time < 2; time += 1) {
      expect(await work.post('/job/cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    }
    expectCode(await work.say(task, 'complete'), 409, 'stale-token');
    await work.post('/job/retry');
    const again = await work.take('ben');
    expectCode(await work.post('/job/retry'), 409, 'illegal-transition');
    await work.say(again, 'complete');
    expectCode(await work.post('/job/cancel'), 409, 'illegal-transition');
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

  it('are waited for, and nothing is given to a caller that has hung up', async () => {
    const before = clock.pending;
    const call = new AbortController();
    const gone = fetch(new URL(`${api}${tasksPath}/claim`, service.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ colleague_id: 'ann', wait_ms: 60_000 }),
      signal: call.signal,
    });
    await eventually(() => {
      expect(clock.pending).toBe(before + 1);
    });
    call.abort();
    await expect(gone).rejects.toThrow('aborted');
    await eventually(() => {
      expect(clock.pending).toBe(before);
    });
    const waiting = work.take('ben', { wait_ms: 60_000 });

    await work.create('job');

    expect(await waiting).toMatchObject({ id: 'job', colleague_id: 'ben', token: 1, attempts: 1 });
  });

  it('run at most `concurrency` at a time of one concurrency key, and hold back no others', async () => {
    for (const id of ['a1', 'a2', 'a3']) await work.create(id, { concurrency_key: 'a', concurrency: 2 });
    await work.create('b1', { concurrency_key: 'b' });
    await work.create('b2', { concurrency_key: 'b' });
    await work.create('free');

    const claimed = await work.claim('ann', { limit: 10 });
    expect(idsOf(claimed)).toEqual(['a1', 'a2', 'b1', 'free']);
    expect(await work.claim('ben', { limit: 10 })).toEqual([]);
    const waiting = work.claim('ben', { limit: 10, wait_ms: 60_000 });
    for (const task of claimed.slice(0, 1)) await work.say(task, 'complete');

    expect(idsOf(await waiting)).toEqual(['a3']);
  });

  it('of one unique key are open one at a time', async () => {
    await work.create('first', { unique_key: 'k' });
    const second = { id: 'second', name: 'n', unique_key: 'k' };

    expectCode(await work.post('', second), 409, 'duplicate-key');
    await work.post('/first/cancel');
    expect(await work.post('', second)).toMatchObject({ status: 201 });
    expectCode(await work.post('/first/retry'), 409, 'duplicate-key');
  });

  it('of a colleague that leaves are free again at once, and that costs no try', async () => {
    await work.create('job');
    const task = await work.take('ann');
    const waiting = work.take('ben', { wait_ms: 60_000 });

    await service.delete('/mediators/work/colleagues/ann');

    expect(await waiting).toMatchObject({ id: 'job', token: 2, attempts: 1 });
    expectCode(await work.say(task, 'complete'), 409, 'stale-token');
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

    expectCode(await waiting, 404, 'mediator-not-found');
    await service.begin({ name: 'work', kind: 'task' }, 'ann');
    expect(await work.list()).toEqual([]);
    expectCode(await work.say(task, 'complete'), 404, 'not-found');
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
      ...{ blocked: 0, pending: 1, running: 0, completed: 0, failed: 0, cancelled: 1 },
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
      expectCode(await work.post(path, body), status, code);
    }
  });

  it('are known to mediators of kind task only', async () => {
    await service.begin({ name: 'talk' }, 'ann');

    for (const [path, body] of [
      ['', { name: 'n' }],
      ['/claim', { colleague_id: 'ann' }],
      ['/a/cancel', {}],
    ] as const) {
      expectCode(await service.post(`/mediators/talk/tasks${path}`, body), 409, 'wrong-kind');
    }
  });
});

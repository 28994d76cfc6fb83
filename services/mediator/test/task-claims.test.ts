import type { VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { api, type MediatorForTest } from './host-mediator';
import { hostTasks, tasksPath, type ActingOnTasks } from './support/act-on-tasks';
import { expectRefusal } from './support/expect-refusal';

const minute = 60_000;
const idsOf = (tasks: readonly { readonly id: string }[]) => tasks.map(({ id }) => id);

describe('tasks', () => {
  let clock: VirtualClock;
  let service: MediatorForTest;
  let work: ActingOnTasks;

  beforeEach(async () => {
    ({ clock, service, work } = await hostTasks());
  });
  afterEach(() => service.stop());

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
      status: 'running',
      attempts: 1,
      colleague_id: 'ann',
      token: 1,
      data: { n: 1 },
      lease_until: '2026-01-01T00:01:00.000Z',
    });
    expect(await work.read('job')).not.toHaveProperty('token');

    await clock.advance(10_000);
    expect((await work.say(task, 'renew', { progress: 40 })).body).toMatchObject({
      progress: 40,
      lease_until: '2026-01-01T00:01:10.000Z',
    });
    const done = await work.say(task, 'complete', { result: { m: 2 } });

    expect(done.body).toMatchObject({
      status: 'completed',
      progress: 100,
      result: { m: 2 },
      colleague_id: 'ann',
      lease_until: null,
      start_time: '2026-01-01T00:00:00.000Z',
      actual_time: 10_000,
    });
    expect(await work.say(task, 'complete', { result: 'another' })).toMatchObject({
      status: 200,
      body: done.body,
    });
    expectRefusal(await work.say(task, 'renew'), 409, 'stale-token');
    expectRefusal(await work.say({ ...task, token: 2 }, 'complete'), 409, 'stale-token');
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
});

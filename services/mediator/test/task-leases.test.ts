import type { VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { taskStore } from '../src/kinds/task/task-store';
import { type MediatorForTest } from './host-mediator';
import { hostTasks, type ActingOnTasks } from './support/act-on-tasks';
import { expectRefusal } from './support/expect-refusal';

const minute = 60_000;

describe('tasks', () => {
  let clock: VirtualClock;
  let service: MediatorForTest;
  let work: ActingOnTasks;

  beforeEach(async () => {
    ({ clock, service, work } = await hostTasks());
  });
  afterEach(() => service.stop());

  it('are tried again after the delay of their retry policy, until they fail', async () => {
    await work.create('job', { retry: { max_attempts: 2, delay_ms: minute, max_delay_ms: minute } });
    const first = await work.take('ann');
    const error = { code: 'busy', message: 'no time' };
    for (let time = 0; time < 2; time += 1) {
      expect((await work.say(first, 'fail', { error })).body).toMatchObject({
        status: 'pending',
        attempts: 1,
        error: { ...error, retryable: true },
        end_time: null,
      });
    }

    await clock.advance(minute);
    const second = await work.take('ben');
    expect(second).toMatchObject({ token: 2, attempts: 2 });
    expectRefusal(await work.say(first, 'complete'), 409, 'stale-token');
    expect((await work.say(second, 'fail')).body).toMatchObject({
      status: 'failed',
      error: { code: 'failed' },
      end_time: '2026-01-01T00:01:00.000Z',
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
    expectRefusal(await work.say(first, 'complete'), 409, 'stale-token');
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
    expectRefusal(await work.say(task, 'complete'), 409, 'stale-token');
    await work.post('/job/retry');
    const again = await work.take('ben');
    expectRefusal(await work.post('/job/retry'), 409, 'illegal-transition');
    await work.say(again, 'complete');
    expectRefusal(await work.post('/job/cancel'), 409, 'illegal-transition');
  });

  it('of a colleague that leaves are free again at once, and that costs no try', async () => {
    await work.create('job');
    const task = await work.take('ann');
    const waiting = work.take('ben', { wait_ms: 60_000 });

    await service.delete('/mediators/work/colleagues/ann');

    expect(await waiting).toMatchObject({ id: 'job', token: 2, attempts: 1 });
    expectRefusal(await work.say(task, 'complete'), 409, 'stale-token');
  });

  it('go on with their tokens when they are made again, after they were forgotten and with their mediator', async () => {
    const again = async () => {
      await work.create('job', { retry: { max_attempts: 1 } });
      return (await work.take('ann')).token;
    };
    await work.create('job', { retry: { delay_ms: 0 } });
    await work.say(await work.take('ann'), 'fail');
    await work.say(await work.take('ann'), 'complete');
    await clock.advance(1);
    await service.database.transact((tx) => taskStore.prune(tx, clock.now(), 10));

    expect(await again()).toBe(3);
    await service.delete('/mediators/work');
    await service.begin({ name: 'work', kind: 'task' }, 'ann');
    expect(await again()).toBe(4);
    await clock.advance(1);
    // what is left of the mediator that was removed, while the new one has the name
    await service.database.transact((tx) => taskStore.prune(tx, clock.now(), 10));
    await work.create('other');
    expect(await work.take('ann')).toMatchObject({ id: 'other', token: 4 });
  });
});

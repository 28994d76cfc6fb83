import fc from 'fast-check';
import { orRefusal } from '../../../test/choose';
import {
  admit,
  cancel,
  claim,
  complete,
  expire,
  fail,
  free,
  newTask,
  renew,
  retry,
  taskStatuses,
  type Task,
  type TaskSettings,
  type TaskStatus,
} from './task';

const at = (ms: number) => new Date(ms);
const agingMs = 60_000;
const end = { now: at(1_050), random: () => 1 };
const error = { code: 'broken', message: 'it broke', retryable: true };

const settings: TaskSettings = {
  name: 'resize',
  type: null,
  priority: 0,
  data: null,
  dependencies: ['first'],
  handlerId: null,
  retry: { max_attempts: 3, delay_ms: 100, factor: 2, max_delay_ms: 1_000 },
  uniqueKey: null,
  concurrencyKey: null,
  concurrency: 1,
  estimatedTime: null,
};

const blocked = newTask(settings, { id: 'task-1', orderKey: '1' });
const pending = admit(blocked, [{ id: 'first', status: 'completed' }], { now: at(0), agingMs });
/** Held until 1100 by token 1. */
const running = claim(pending, { colleagueId: 'ann', leaseMs: 100 }, at(1_000));
const failed = orThrow(fail(running, { token: 1, error: { ...error, retryable: false } }, end));

const inStatus: Readonly<Record<TaskStatus, Task>> = {
  blocked,
  pending,
  running,
  failed,
  completed: orThrow(complete(running, { token: 1, result: 'done' }, at(1_050))),
  cancelled: cancel(pending, at(500)),
};

function orThrow(task: Task | null): Task {
  if (!task) throw new Error('it was refused');
  return task;
}

/** The status that a task ends up in. */
function outcomeOf(act: () => Task | null): string {
  const outcome = orRefusal(() => act() ?? 'refused');
  return typeof outcome === 'string' ? outcome : outcome.status;
}

const verbs = {
  admit: (task: Task) => admit(task, [{ id: 'first', status: 'completed' }], { now: at(0), agingMs }),
  renew: (task: Task) => renew(task, { token: 1 }, at(1_050)),
  complete: (task: Task) => complete(task, { token: 1, result: 'done' }, at(1_050)),
  fail: (task: Task) => fail(task, { token: 1, error }, end),
  expire: (task: Task) => expire(task, { ...end, now: at(1_100) }),
  cancel: (task: Task) => cancel(task, at(1_050)),
  retry: (task: Task) => retry(task, [{ id: 'first', status: 'completed' }], { now: at(2_000), agingMs }),
};
const no = 'refused';
const illegal = 'illegal-transition';

describe('a task', () => {
  it.each([
    ['renew', [no, no, 'running', no, no, no]],
    ['complete', [no, no, 'completed', 'completed', no, no]],
    ['fail', [no, no, 'pending', no, 'failed', no]],
    ['expire', [no, no, 'pending', no, no, no]],
    ['cancel', ['cancelled', 'cancelled', 'cancelled', illegal, illegal, 'cancelled']],
    ['retry', ['blocked', 'pending', illegal, illegal, 'pending', 'pending']],
  ] as const)('goes by `%s` from each state where the contract says', (verb, outcomes) => {
    const found = taskStatuses.map((status) => outcomeOf(() => verbs[verb](inStatus[status])));

    expect(found).toEqual(outcomes);
  });

  it.each([
    [['completed', 'completed'], 'pending'],
    [['completed', 'pending'], 'blocked'],
    [['blocked', 'completed'], 'blocked'],
    [['running', 'completed'], 'blocked'],
    [['pending', 'failed'], 'failed'],
    [['cancelled', 'completed'], 'failed'],
    [[], 'pending'],
  ] as const)('that depends on what is %j is %s', (statuses, status) => {
    const dependencies = statuses.map((one, index) => ({ id: `d${index}`, status: one }));

    expect(admit(blocked, dependencies, { now: at(0), agingMs }).status).toBe(status);
  });

  it('says which of those that it depends on was lost', () => {
    const lost = admit(blocked, [{ id: 'first', status: 'cancelled' }], { now: at(7), agingMs });

    expect(lost.error).toEqual({
      code: 'dependency-failed',
      message: 'task first, which has to be completed first, is cancelled',
      retryable: false,
    });
    expect(lost.endedAt).toEqual(at(7));
  });

  it('is held by its last token until the lease has run out', () => {
    expect(renew(running, { token: 1 }, at(1_099))?.lease).toEqual({ ms: 100, until: at(1_199) });
    expect(renew(running, { token: 1 }, at(1_100))).toBeNull();
    expect(renew(running, { token: 0 }, at(1_050))).toBeNull();
    expect(complete(running, { token: 1, result: null }, at(1_100))).toBeNull();
    expect(expire(running, { ...end, now: at(1_099) })).toBeNull();
  });

  it('is renewed for the time asked for, which it keeps, and with its progress', () => {
    const once = orThrow(renew(running, { token: 1, leaseMs: 500, progress: 40 }, at(1_050)));
    const twice = orThrow(renew(once, { token: 1 }, at(1_400)));

    expect(twice).toMatchObject({ progress: 40, lease: { until: at(1_900) } });
  });

  it('is tried again after a delay that grows, until its tries are over', () => {
    const delays = [];
    let task = running;
    for (let tries = 1; tries <= 3; tries += 1) {
      task = orThrow(fail(task, { token: task.token, error }, { ...end, now: at(1_000) }));
      delays.push(task.availableAt && task.availableAt.getTime() - 1_000);
      if (task.status === 'pending') {
        task = claim(task, { colleagueId: 'ben', leaseMs: 100 }, at(1_000));
      }
    }

    expect(delays).toEqual([100, 200, null]);
    expect(task).toMatchObject({ status: 'failed', attempts: 3, token: 3, error });
  });

  it('costs a try when its lease runs out, and none when it is let go', () => {
    expect(expire(running, { ...end, now: at(1_100) })).toMatchObject({
      status: 'pending',
      attempts: 1,
      colleagueId: null,
      error: { code: 'lease-expired' },
    });
    expect(free(running, at(1_050))).toMatchObject({
      status: 'pending',
      attempts: 0,
      colleagueId: null,
      startedAt: null,
      availableAt: at(1_050),
    });
  });

  it('hears the same answer of a try again, and no other', () => {
    const waiting = orThrow(fail(running, { token: 1, error }, end));
    const next = claim(waiting, { colleagueId: 'ben', leaseMs: 100 }, at(3_000));

    expect(fail(waiting, { token: 1, error }, end)).toBe(waiting);
    expect(complete(waiting, { token: 1, result: null }, at(1_060))).toBeNull();
    expect(fail(next, { token: 1, error }, { ...end, now: at(3_010) })).toBeNull();
  });

  it('that is tried again by hand has all its tries before it, and never an old token', () => {
    const retried = verbs.retry(failed);

    expect(retried).toMatchObject({
      status: 'pending',
      attempts: 0,
      error: null,
      startedAt: null,
      endedAt: null,
      token: 1,
    });
    expect(claim(retried, { colleagueId: 'ben', leaseMs: 100 }, at(2_000)).token).toBe(2);
  });

  it('that is tried again waits for what it depends on, unless that is lost', () => {
    const moment = { now: at(2_000), agingMs };

    expect(retry(failed, [{ id: 'first', status: 'running' }], moment).status).toBe('blocked');
    expect(outcomeOf(() => retry(failed, [{ id: 'first', status: 'failed' }], moment))).toBe(illegal);
  });

  it('goes before others by its priority, which rises by one for each PRIORITY_AGING_MS that it waits', () => {
    const waiter = fc.record({
      priority: fc.integer({ min: -100, max: 100 }),
      since: fc.integer({ min: 0, max: 10_000_000 }),
    });
    fc.assert(
      fc.property(waiter, waiter, fc.integer({ min: 10_000_000, max: 20_000_000 }), (one, other, now) => {
        const [first, second] = [one, other].map(({ priority, since }) => ({
          turn: admit({ ...blocked, priority }, [], { now: at(since), agingMs }).turn,
          risen: priority + (now - since) / agingMs,
        }));
        if (!first || !second) throw new Error('there are two');

        const isBefore = first.risen > second.risen + 1e-9;
        const isBehind = first.risen < second.risen - 1e-9;
        expect(Math.sign(first.turn - second.turn)).toBe(isBefore ? -1 : isBehind ? 1 : 0);
      }),
    );
  });
});

import { eventually } from '@fanfare/core/testing';
import type { TestResponse } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { actOnTasks, type ActingOnTasks, type ClaimedTask } from './support/act-on-tasks';

describeOnEveryDatabase('tasks of two instances', (_, underTest) => {
  let instances: readonly MediatorForTest[];
  let first: ActingOnTasks;
  let second: ActingOnTasks;

  beforeEach(async () => {
    const env = { DATABASE_URL: await underTest.createUrl() };
    const [one, other] = await Promise.all([hostMediator(env), hostMediator(env)]);
    instances = [one, other];
    [first, second] = [actOnTasks(one), actOnTasks(other)];
    await one.begin({ name: 'work', kind: 'task' }, 'ann', 'ben');
  });
  afterEach(() => Promise.all(instances.map((instance) => instance.stop())));

  /** Makes calls at once, by turns at both instances. */
  const atBoth = <T>(count: number, call: (work: ActingOnTasks, index: number) => Promise<T>) =>
    Promise.all(
      Array.from({ length: count }, (_unused, index) => call(index % 2 === 0 ? first : second, index)),
    );

  it('are each claimed once by a hundred who claim at once', async () => {
    for (let n = 0; n < 40; n += 1) await first.create(`t-${n}`);

    const claims = await atBoth(100, (work) => work.claim('ann'));

    const claimed = claims.flat();
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(40);
    expect(claimed).toHaveLength(40);
    expect(claimed.every(({ token, attempts }) => token === 1 && attempts === 1)).toBe(true);
  });

  it('are held by one at a time however often they change hands, and their tokens only grow', async () => {
    const retry = { max_attempts: 1_000, delay_ms: 0 };
    for (let n = 0; n < 3; n += 1) await first.create(`t-${n}`, { retry });
    /** As the thing that the tasks work on would see it: the greatest token that it was shown. */
    const seen = new Map<string, number>();

    async function work(at: ActingOnTasks): Promise<void> {
      for (let time = 0; time < 5; time += 1) {
        const [task] = await at.claim('ann', { wait_ms: 20_000 });
        if (!task) throw new Error('its turn never came');
        expect(task.token).toBe((seen.get(task.id) ?? 0) + 1);
        seen.set(task.id, task.token);
        expect(await at.say(task, 'fail')).toMatchObject({ status: 200, body: { status: 'pending' } });
      }
    }
    await atBoth(12, work);

    expect([...seen.values()].reduce((sum, token) => sum + token, 0)).toBe(60);
  });

  it('are taken from an old holder when its lease runs out, also when the instance that gave it is gone', async () => {
    await first.create('job', { retry: { delay_ms: 0 } });
    const old = await first.take('ann', { lease_ms: 100 });
    await instances[0]?.stop();

    const next = await second.take('ben', { wait_ms: 20_000 });

    expect(next).toMatchObject({ id: 'job', token: old.token + 1, attempts: 2 });
    expect(await second.say(old, 'complete')).toMatchObject({ status: 409, body: { code: 'stale-token' } });
    expect(await second.say(next, 'complete')).toMatchObject({ status: 200 });
  });

  it('of one concurrency key are done one at a time and in order, by ten workers', async () => {
    const ids = Array.from({ length: 10 }, (_unused, n) => `t-${n}`);
    for (const id of ids) await first.create(id, { concurrency_key: 'k' });
    const begun: string[] = [];
    let running = 0;

    await atBoth(10, async (work) => {
      const task = await work.take('ann', { wait_ms: 20_000 });
      begun.push(task.id);
      running += 1;
      await work.say(task, 'renew', { progress: 50 });
      expect(running).toBe(1);
      running -= 1;
      await work.say(task, 'complete');
    });

    expect(begun).toEqual(ids);
  });

  it('are claimed at one instance by whoever waits there when the other makes them', async () => {
    const waiting = second.take('ben', { wait_ms: 20_000 });
    await first.create('job');

    expect(await waiting).toMatchObject({ id: 'job', colleague_id: 'ben' });
  });

  it('never run more at a time than their concurrency key allows', async () => {
    const settings = { concurrency_key: 'k', concurrency: 3 };
    for (let n = 0; n < 20; n += 1) await first.create(`t-${n}`, settings);
    const done: string[] = [];

    while (done.length < 20) {
      const claimed = (await atBoth(10, (work) => work.claim('ann', { limit: 5 }))).flat();
      expect(claimed.length).toBeGreaterThan(0);
      expect((await first.list('status=running')).length).toBeLessThanOrEqual(3);
      await Promise.all(claimed.map((task: ClaimedTask) => second.say(task, 'complete')));
      done.push(...claimed.map(({ id }) => id));
    }

    expect(new Set(done).size).toBe(20);
  });

  it('of one unique key are made once by thirty who try at once, and of one id too', async () => {
    const keyed = await atBoth(30, (work, n) => work.post('', { id: `k-${n}`, name: 'n', unique_key: 'k' }));
    const named = await atBoth(30, (work) => work.post('', { id: 'same', name: 'n' }));

    const count = (answers: readonly TestResponse[], status: number) =>
      answers.filter((answer) => answer.status === status).length;
    expect([count(keyed, 201), count(keyed, 409)]).toEqual([1, 29]);
    expect([count(named, 201), count(named, 200)]).toEqual([1, 29]);
  });

  it('are let in when the last of those that they depend on are completed at the same time', async () => {
    const ids = Array.from({ length: 10 }, (_unused, n) => `d-${n}`);
    for (const id of ids) await first.create(id);
    await first.create('last', { dependencies: ids });
    const claimed = await first.claim('ann', { limit: 10 });

    await atBoth(10, async (work, n) => {
      const task = claimed[n];
      if (task) await work.say(task, 'complete');
    });

    await eventually(async () => {
      expect(await second.read('last')).toMatchObject({ status: 'pending' });
    });
  });
});

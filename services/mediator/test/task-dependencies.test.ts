import { expectProblem } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { taskStore } from '../src/kinds/task/task-store';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { actOnTasks, type ActingOnTasks } from './support/act-on-tasks';

describeOnEveryDatabase('a task that depends on others', (_, underTest) => {
  let service: MediatorForTest;
  let work: ActingOnTasks;

  beforeEach(async () => {
    service = await hostMediator({ DATABASE_URL: await underTest.createUrl() });
    await service.begin({ name: 'work', kind: 'task' }, 'ann');
    work = actOnTasks(service);
  });
  afterEach(() => service.stop());

  /** The state of each task, by its id. */
  async function statuses(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await work.list()).map(({ id, status }) => [id, status]));
  }

  const forgetEnded = () => service.database.transact((tx) => taskStore.prune(tx, new Date(8.64e15), 10));

  async function rename(table: string, name: string): Promise<void> {
    await service.database.queries.schema.alterTable(table).renameTo(name).execute();
  }

  it('can be claimed when they are completed, and not before', async () => {
    await work.create('a');
    await work.create('b');
    expect(await work.create('both', { dependencies: ['b', 'a', 'b'], priority: 100 })).toMatchObject({
      status: 'blocked',
      dependencies: ['b', 'a'],
    });
    expect(await work.read('a')).toMatchObject({ dependents: ['both'] });

    const [a, b, ...others] = await work.claim('ann', { limit: 10 });
    if (!a || !b) throw new Error('two were claimed');
    expect([a.id, b.id, ...others]).toEqual(['a', 'b']);
    await work.say(a, 'complete');
    expect(await work.claim('ann')).toEqual([]);
    await work.say(b, 'complete');

    expect(await work.take('ann')).toMatchObject({ id: 'both' });
    expect(await work.create('late', { dependencies: ['a'] })).toMatchObject({ status: 'pending' });
  });

  it('is given at once to whoever waits for it', async () => {
    await work.create('a');
    await work.create('b', { dependencies: ['a'] });
    const first = await work.take('ann');
    const waiting = work.take('ann', { wait_ms: 20_000 });

    await work.say(first, 'complete');

    expect(await waiting).toMatchObject({ id: 'b' });
  });

  it('fails with one of them, and so does all that depends on it, each announced once', async () => {
    await work.create('root');
    await work.create('other');
    await work.create('left', { dependencies: ['root'] });
    await work.create('right', { dependencies: ['root', 'other'] });
    await work.create('bottom', { dependencies: ['left', 'right'] });
    const root = await work.take('ann');

    await work.say(root, 'fail', { error: { code: 'broken', message: 'it broke', retryable: false } });

    expect(await statuses()).toEqual({
      root: 'failed',
      other: 'pending',
      left: 'failed',
      right: 'failed',
      bottom: 'failed',
    });
    expect(await work.read('bottom')).toMatchObject({
      error: { code: 'dependency-failed', message: expect.stringContaining('left') as string },
    });
    const failed = (await service.announced()).filter(({ type }) => type === 'com.fanfare.task.failed.v1');
    expect(failed.map(({ data }) => data['task_id'])).toEqual(['root', 'left', 'right', 'bottom']);
    expect(await work.create('late', { dependencies: ['left'] })).toMatchObject({ status: 'failed' });
  });

  it('fails when one of them is cancelled, and waits for it again when both are tried again', async () => {
    await work.create('a');
    await work.create('b', { dependencies: ['a'] });
    await work.post('/a/cancel');
    expect(await statuses()).toEqual({ a: 'cancelled', b: 'failed' });

    expect(expectProblem(await work.post('/b/retry'), 409)).toMatchObject({ code: 'illegal-transition' });
    await work.post('/a/retry');
    expect((await work.post('/b/retry')).body).toMatchObject({ status: 'blocked' });
    await work.say(await work.take('ann'), 'complete');

    expect(await statuses()).toEqual({ a: 'completed', b: 'pending' });
  });

  it('waits for the others alone when one has been completed long ago and is forgotten', async () => {
    await work.create('a');
    await work.create('b');
    await work.create('both', { dependencies: ['a', 'b'] });
    const [a, b] = await work.claim('ann', { limit: 2 });
    if (!a || !b) throw new Error('two were claimed');
    await work.say(a, 'complete');

    expect(await forgetEnded()).toBe(1);
    expect(await statuses()).toEqual({ b: 'running', both: 'blocked' });
    await work.say(b, 'complete');

    expect(await work.take('ann')).toMatchObject({ id: 'both' });
  });

  it('is forgotten together with its task, or not at all', async () => {
    await work.create('a');
    await work.create('b', { dependencies: ['a'] });
    await work.post('/b/cancel');

    await rename('task_dependencies', 'away');
    await expect(forgetEnded()).rejects.toThrow();
    await rename('away', 'task_dependencies');

    expect(await statuses()).toEqual({ a: 'pending', b: 'cancelled' });
    expect(await forgetEnded()).toBe(1);
    expect(await work.create('b', { dependencies: ['a'] })).toMatchObject({ status: 'blocked' });
  });

  it('is refused when there is no such task, with the name of each', async () => {
    await work.create('a');
    const self = await work.post('', { id: 'b', name: 'b', dependencies: ['a', 'b', 'none'] });

    expect(expectProblem(self, 400)).toMatchObject({
      code: 'invalid',
      errors: [
        { field: 'dependencies', message: 'names an unknown task b' },
        { field: 'dependencies', message: 'names an unknown task none' },
      ],
    });
  });

  it('may stand at the end of a long line', async () => {
    await work.create('t-0');
    for (let n = 1; n <= 100; n += 1) await work.create(`t-${n}`, { dependencies: [`t-${n - 1}`] });

    await work.post('/t-0/cancel');

    expect(await work.read('t-100')).toMatchObject({
      status: 'failed',
      error: { code: 'dependency-failed' },
    });
  });
});

import { actAs } from './act-as';
import { expectRefusal } from './support/expect-refusal';
import {
  commands,
  hostWorkflows,
  refusal,
  runsPath,
  statusesOf,
  type HostedWorkflows,
} from './support/host-workflows';

describe('a workflow', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
  });
  afterEach(() => flow.service.stop());

  it('registers a user as the document has it: validate, create, send e-mail, each once and in turn', async () => {
    const types = ['validate_input', 'create_user', 'send_email'];
    await flow.service.post('/mediators/flow/colleagues', { id: 'users', name: 'users', handles: types });
    const users = actAs(flow.service, 'flow', 'users');
    const steps = types.map((type, index) => ({
      id: `step-${index + 1}`,
      name: type,
      type,
      status: 'pending',
    }));
    const run = { id: 'workflow-1', name: 'user_registration', steps, data: { email: 'user@example.com' } };
    const begun = await flow.service.post(runsPath, {
      ...run,
      status: 'pending',
      progress: 0,
      current_step: 0,
    });
    expect(begun).toMatchObject({ status: 201, headers: { location: `/api/v1${runsPath}/workflow-1` } });

    const progress: unknown[] = [];
    for (const type of types) {
      const command = await users.take();
      expect(command).toMatchObject({ kind: 'command', type, data: run.data, sender_id: null, attempt: 1 });
      const { progress: percent, current_step: current } = await flow.read('workflow-1');
      progress.push([current, percent]);
      await users.reply(command.id, { result: `${type} done` });
    }

    expect(progress).toEqual([
      [0, 0],
      [1, 33],
      [2, 66],
    ]);
    expect(await flow.read('workflow-1')).toMatchObject({
      status: 'completed',
      progress: 100,
      current_step: 3,
      next_action_at: null,
      error: null,
      results: { 'step-1': 'validate_input done', 'step-3': 'send_email done' },
      end_time: expect.any(String) as string,
    });
    expect(await users.poll('wait_ms=0')).toEqual([]);
  });

  it('does steps that wait for nothing side by side, and then what waits for them', async () => {
    const steps = [...commands('a', 'b'), { id: 'c', type: 'c', dependencies: ['a', 'b'] }];
    await flow.start({ type: 'parallel', steps });
    expect((await flow.desk.poll()).map(({ id }) => id)).toEqual(['r:a:1', 'r:b:1']);

    await flow.desk.reply('r:b:1', { result: 2 });
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    await flow.desk.reply('r:a:1', { result: 1 });

    await flow.answer('r:c:1');
    expect(await flow.read()).toMatchObject({ status: 'completed' });
  });

  it('goes by conditions and inputs over its data and the results of steps', async () => {
    const steps = [
      { id: 'a', type: 'a' },
      { id: 'b', type: 'b', when: 'results.a.amount > 100' },
      { id: 'c', type: 'c', when: 'data.country = "DE"', input: '{"total": results.a.amount * 2}' },
    ];
    await flow.start({ steps, data: { country: 'DE' } });
    await flow.answer('r:a:1', { result: { amount: 50 } });

    expect(await flow.answer('r:c:1')).toMatchObject({ data: { total: 100 } });
    expect(statusesOf(await flow.read())).toEqual({ a: 'completed', b: 'skipped', c: 'completed' });
  });

  it('loops over items, and until something is true', async () => {
    const steps = [
      {
        id: 'a',
        type: 'a',
        loop: { items: 'data.list', max: 5 },
        input: '{"item": item, "round": iteration}',
      },
      { id: 'b', type: 'b', loop: { until: 'result.done', max: 5 } },
    ];
    await flow.start({ steps, data: { list: ['x', 'y'] } });
    expect((await flow.answer('r:a:1', { result: 1 })).data).toEqual({ item: 'x', round: 0 });
    expect((await flow.answer('r:a:2', { result: 2 })).data).toEqual({ item: 'y', round: 1 });
    await flow.answer('r:b:1', { result: { done: false } });
    await flow.answer('r:b:2', { result: { done: true } });

    const run = await flow.passUntil(async () => {
      const read = await flow.read();
      expect(read.status).toBe('completed');
      return read;
    });
    expect(run).toMatchObject({
      results: { a: [1, 2], b: [{ done: false }, { done: true }] },
      steps: [{ iterations: 2 }, { iterations: 2 }],
    });
  });

  it('says when it goes on by itself as long as it runs, and not after its end', async () => {
    const begun = await flow.start({ steps: [{ id: 'a', type: 'a', timeout_ms: 5_000 }] });
    expect(begun['next_action_at']).toBe(new Date(flow.clock.now().getTime() + 5_000).toISOString());
    await flow.answer('r:a:1');

    expect((await flow.read())['next_action_at']).toBeNull();
  });

  it('takes the time of its run as actual_time', async () => {
    await flow.start({ steps: commands('a'), estimated_time: 1_000 });
    expect(await flow.read()).toMatchObject({ estimated_time: 1_000, actual_time: null });
    await flow.clock.advance(700);
    await flow.answer('r:a:1');

    expect(await flow.read()).toMatchObject({ estimated_time: 1_000, actual_time: 700 });
  });

  it('goes, with a step whose colleague leaves, to whoever takes its place', async () => {
    await flow.start({ steps: [{ id: 'a', type: 'a', retry: { delay_ms: 1_000 } }] });
    await flow.desk.take();
    await flow.service.delete('/mediators/flow/colleagues/desk');
    const failed = (await flow.history()).find(({ type }) => type === 'step_attempt_failed');
    expect(failed?.data).toMatchObject({ error: { code: 'colleague-unregistered' } });
    await flow.service.post('/mediators/flow/colleagues', { id: 'heir', name: 'heir', handles: ['a'] });
    const heir = actAs(flow.service, 'flow', 'heir');

    await flow.passUntil(async () => {
      expect(await heir.poll('wait_ms=0')).toMatchObject([{ id: 'r:a:1' }]);
    });
    await heir.reply('r:a:1', { result: 1 });
    expect(await flow.read()).toMatchObject({ status: 'completed' });
  });

  it('ends with its mediator, and is not in a new one of the same name', async () => {
    await flow.start({ steps: commands('a') });
    await flow.service.delete('/mediators/flow');
    await flow.service.begin({ name: 'flow', kind: 'workflow' }, 'desk');

    expectRefusal(await flow.service.get(`${runsPath}/r`), 404, 'not-found');
    expect(await flow.service.get(runsPath)).toMatchObject({ body: { workflows: [] } });
    const ends = (await flow.service.announced()).filter(({ type }) => type.includes('workflow'));
    expect(ends).toMatchObject([
      { type: 'com.fanfare.workflow.failed.v1', data: { error: { code: 'mediator-removed' } } },
    ]);
  });

  it('is announced once when it ends, however it does', async () => {
    await flow.start({ id: 'good', steps: commands('a') });
    await flow.answer('good:a:1');
    await flow.start({ id: 'bad', steps: commands('a') });
    await flow.answer('bad:a:1', refusal);
    await flow.start({ id: 'ugly', steps: commands('a') });
    await flow.act('cancel', { reason: 'changed my mind' }, 'ugly');
    await flow.act('cancel', {}, 'ugly');

    const ends = (await flow.service.announced()).filter(({ type }) => type.includes('workflow'));
    expect(ends.map(({ type, data }) => [type, data['workflow_id'], data['error']])).toEqual([
      ['com.fanfare.workflow.completed.v1', 'good', undefined],
      ['com.fanfare.workflow.failed.v1', 'bad', { ...refusal.error, step_id: 'a' }],
      [
        'com.fanfare.workflow.cancelled.v1',
        'ugly',
        { code: 'cancelled', message: 'changed my mind', retryable: false },
      ],
    ]);
  });
});

it('a step whose command would have the id of another message fails, and hangs for nobody', async () => {
  await using flow = await hostWorkflows();
  await flow.service.post('/mediators/flow/colleagues', { id: 'other', name: 'other' });
  await flow.desk.broadcast({ id: 'r:a:1', message: 'in the way' });
  await flow.start({ steps: commands('a') });

  expect(await flow.read()).toMatchObject({
    status: 'failed',
    error: { code: 'already-exists', step_id: 'a' },
  });
});

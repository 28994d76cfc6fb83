import { actAs } from './act-as';
import {
  commands,
  expectRefusal,
  hostWorkflows,
  refusal,
  runsPath,
  statusesOf,
  undoable,
  type HostedWorkflows,
} from './support/host-workflows';

describe('a workflow', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
  });
  afterEach(() => flow.service.stop());

  const definitions = '/mediators/flow/definitions';

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
      ...{ status: 'completed', progress: 100, current_step: 3, next_action_at: null, error: null },
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

  it('ends on the version of its definition with which it began', async () => {
    await flow.service.post(definitions, { name: 'w', steps: commands('a', 'b') });
    await flow.start({});
    await flow.service.post(definitions, { name: 'w', steps: commands('c') });
    await flow.start({ id: 'newer' });
    await flow.service.delete(`${definitions}/w`);
    for (const id of ['r:a:1', 'newer:c:1', 'r:b:1']) await flow.answer(id);

    expect(await flow.read()).toMatchObject({ status: 'completed', version: 1 });
    expect(await flow.read('newer')).toMatchObject({ status: 'completed', version: 2 });
    expect(await flow.service.post(runsPath, { name: 'w' })).toMatchObject({ status: 404 });
  });

  it('can be begun on an older version', async () => {
    await flow.service.post(definitions, { name: 'w', steps: commands('a') });
    await flow.service.post(definitions, { name: 'w', steps: commands('b') });

    expect(await flow.start({ version: 1 })).toMatchObject({ version: 1, steps: [{ id: 'a' }] });
  });

  it('is begun once, however often the same call comes', async () => {
    const body = { id: 'r', name: 'w', steps: commands('a') };
    const answers = await Promise.all([1, 2, 3].map(() => flow.service.post(runsPath, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    await flow.answer('r:a:1');

    const again = await flow.service.post(runsPath, body);

    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(again.body).toEqual(await flow.read());
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    const other = await flow.service.post(runsPath, { ...body, data: { other: true } });
    expectRefusal(other, 409, 'already-exists');
  });

  it.each<[string, object, number, string]>([
    ['a definition that is not there', { name: 'nowhere' }, 404, 'not-found'],
    ['an unknown step', { steps: [{ id: 'a', type: 'a', dependencies: ['x'] }] }, 400, 'invalid'],
    ['a cycle', { steps: [{ id: 'a', type: 'a', dependencies: ['a'] }] }, 400, 'invalid'],
    ['a wrong expression', { steps: [{ id: 'a', type: 'a', when: '(' }] }, 400, 'invalid'],
    ['an unknown field', { steps: commands('a'), odd: 1 }, 400, 'invalid'],
    ['data that is no object', { steps: commands('a'), data: [1] }, 400, 'invalid'],
    ['too much data', { steps: commands('a'), data: { x: 'x'.repeat(262_144) } }, 413, 'too-large'],
  ])('is not begun with %s', async (_, body, status, code) => {
    expectRefusal(await flow.service.post(runsPath, { name: 'w', ...body }), status, code);
  });

  it('needs a mediator of its kind', async () => {
    await flow.service.post('/mediators', { name: 'plain' });
    const body = { name: 'w', steps: commands('a') };

    expectRefusal(await flow.service.post('/mediators/plain/workflows', body), 409, 'wrong-kind');
    expectRefusal(await flow.service.get('/mediators/nowhere/workflows'), 404, 'mediator-not-found');
    expectRefusal(await flow.service.get(`${runsPath}/nowhere`), 404, 'not-found');
    expectRefusal(await flow.act('pause', undefined, 'nowhere'), 404, 'not-found');
  });

  it('is listed by age, by status and by name, page by page', async () => {
    for (const id of ['one', 'two', 'three']) {
      await flow.start({ id, name: id === 'two' ? 'even' : 'odd', steps: commands('a') });
      await flow.clock.advance(10);
    }
    await flow.answer('one:a:1');
    const list = async (query: string) => {
      const { body } = await flow.service.get(`${runsPath}?${query}`);
      const { workflows, next_cursor } = body as { workflows: { id: string }[]; next_cursor: string | null };
      return { ids: workflows.map(({ id }) => id), next_cursor };
    };

    const first = await list('limit=2');
    expect(first.ids).toEqual(['one', 'two']);
    expect(await list(`limit=2&cursor=${first.next_cursor}`)).toEqual({ ids: ['three'], next_cursor: null });
    expect((await list('order=desc')).ids).toEqual(['three', 'two', 'one']);
    expect((await list('status=completed')).ids).toEqual(['one']);
    expect((await list('name=odd&status=running')).ids).toEqual(['three']);
    expectRefusal(await flow.service.get(`${runsPath}?status=odd`), 400, 'invalid');
    expectRefusal(await flow.service.get(`${runsPath}?odd=1`), 400, 'invalid');
  });

  it('has a history without gaps, page by page', async () => {
    await flow.start({ steps: commands('a') });
    await flow.answer('r:a:1');

    const all = await flow.history();
    const { body } = await flow.service.get(`${runsPath}/r/history?limit=2`);
    const { events, next_cursor } = body as { events: unknown; next_cursor: string };
    const rest = await flow.service.get(`${runsPath}/r/history?cursor=${next_cursor}`);

    expect(all.map(({ sequence, type, step_id }) => [sequence, type, step_id])).toEqual([
      [1, 'workflow_started', null],
      [2, 'step_started', 'a'],
      [3, 'step_completed', 'a'],
      [4, 'workflow_completed', null],
    ]);
    expect(events).toEqual(all.slice(0, 2));
    expect(rest.body).toEqual({ events: all.slice(2), next_cursor: null });
    expect(all[1]?.data).toMatchObject({
      command_id: 'r:a:1',
      due_at: expect.stringMatching(/Z$/) as string,
    });
  });

  it('is begun by a message to its mediator, with the recipient as its handler', async () => {
    const message = { id: 'r', name: 'w', steps: [{ id: 'x', type: 'whatever' }] };
    await flow.service.post('/mediators/flow/colleagues', { id: 'other', name: 'other' });
    const sent = await flow.desk.send({ recipient_id: 'other', message });
    expect(sent.status).toBeLessThan(300);

    expect(await actAs(flow.service, 'flow', 'other').take()).toMatchObject({
      id: 'r:x:1',
      type: 'whatever',
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

  it('counts in mediator_runs by its status', async () => {
    await flow.start({ id: 'one', steps: commands('a') });
    await flow.start({ id: 'two', steps: commands('a') });
    await flow.answer('one:a:1');

    const { body } = await flow.service.request('/metrics');
    for (const [status, count] of [
      ['running', 1],
      ['completed', 1],
      ['failed', 0],
    ] as const) {
      expect(body).toContain(`mediator_runs{kind="workflow",status="${status}"} ${count}`);
    }
  });
});

it('a workflow is forgotten with its history and its id after RETENTION', async () => {
  await using flow = await hostWorkflows({ RETENTION: '1m' });
  await flow.start({ steps: commands('a') });
  await flow.answer('r:a:1');
  await flow.start({ id: 'open', steps: [{ id: 'a', wait: { ms: 10_000_000_000 } }] });
  await flow.passUntil(async () => {
    expectRefusal(await flow.service.get(`${runsPath}/r`), 404, 'not-found');
  }, 1_200_000);

  await flow.read('open');
  await flow.start({ steps: commands('b') });
  expect((await flow.history()).map(({ sequence }) => sequence)).toEqual([1, 2]);
});

describe('a workflow that is paused', () => {
  it('lets what runs end, begins nothing, and goes on when it is resumed; each action counts once', async () => {
    await using flow = await hostWorkflows();
    await flow.start({ steps: commands('a', 'b') });
    for (let time = 0; time < 2; time += 1) {
      expect(await flow.act('pause')).toMatchObject({ status: 200, body: { status: 'paused' } });
    }
    await flow.answer('r:a:1');
    await flow.clock.advance(60_000);
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      expect(await flow.act('resume')).toMatchObject({ status: 200, body: { status: 'running' } });
    }
    await flow.answer('r:b:1');

    expect((await flow.history()).map(({ type }) => type)).toEqual([
      ...['workflow_started', 'step_started', 'workflow_paused', 'step_completed'],
      ...['workflow_resumed', 'step_started', 'step_completed', 'workflow_completed'],
    ]);
    expectRefusal(await flow.act('pause'), 409, 'illegal-transition');
    expectRefusal(await flow.act('resume'), 409, 'illegal-transition');
    expectRefusal(await flow.act('cancel'), 409, 'illegal-transition');
    expectRefusal(await flow.act('pause', { odd: 1 }), 400, 'invalid');
  });

  it('can be cancelled', async () => {
    await using flow = await hostWorkflows();
    await flow.start({ steps: undoable('a', 'b') });
    await flow.answer('r:a:1');
    await flow.act('pause');
    await flow.desk.take();
    await flow.desk.reply('r:b:1', refusal);
    expect(await flow.read()).toMatchObject({ status: 'paused' });

    await flow.act('cancel');
    await flow.answer('r:a:1:undo');

    expect(await flow.read()).toMatchObject({ status: 'cancelled' });
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

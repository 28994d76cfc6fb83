import { actAs } from './act-as';
import { expectRefusal } from './support/expect-refusal';
import {
  breakdown,
  commands,
  hostWorkflows,
  refusal,
  statusesOf,
  undoable,
  type HostedWorkflows,
} from './support/host-workflows';

describe('a run that fails', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
  });
  afterEach(() => flow.service.stop());

  it('undoes what it did, the latest first, one by one, and has then failed with the error of the step', async () => {
    await flow.start({ steps: [...undoable('a', 'b', 'c'), ...commands('d')], data: { order: 7 } });
    for (const id of ['a', 'b', 'c']) await flow.answer(`r:${id}:1`, { result: `did ${id}` });
    await flow.answer('r:d:1', refusal);
    expect(await flow.read()).toMatchObject({ status: 'compensating', progress: 75 });

    expect(await flow.answer('r:c:1:undo')).toMatchObject({
      kind: 'command',
      type: 'undo_c',
      data: { input: { order: 7 }, result: 'did c' },
    });
    await flow.answer('r:b:1:undo');
    await flow.answer('r:a:1:undo');

    expect(await flow.read()).toMatchObject({ status: 'failed', error: { ...refusal.error, step_id: 'd' } });
    expect(statusesOf(await flow.read())).toEqual({
      a: 'compensated',
      b: 'compensated',
      c: 'compensated',
      d: 'failed',
    });
    expect((await flow.history()).map(({ type }) => type).slice(-9)).toEqual(
      [
        ...['step_attempt_failed', 'step_failed', 'workflow_compensating', 'step_compensating'],
        ...['step_compensated', 'step_compensating', 'step_compensated', 'step_compensating'],
        ...['step_compensated', 'workflow_failed'],
      ].slice(-9),
    );
  });

  it('also undoes the failed step where nobody knows what it did', async () => {
    await flow.start({ steps: [{ ...undoable('a')[0], retry: { max_attempts: 1 } }] });
    await flow.answer('r:a:1', breakdown);
    await flow.answer('r:a:1:undo');

    expect(statusesOf(await flow.read())).toEqual({ a: 'compensated' });
    expect(await flow.read()).toMatchObject({ status: 'failed', error: { code: 'broken', step_id: 'a' } });
  });

  it('has nothing to undo of a step that was refused, or that nobody took', async () => {
    await flow.start({ steps: undoable('a') });
    await flow.answer('r:a:1', refusal);
    await flow.start({
      id: 's',
      steps: [{ id: 'x', type: 'x', compensate: 'a', retry: { max_attempts: 1 } }],
    });

    expect(await flow.read()).toMatchObject({ status: 'failed' });
    expect(await flow.read('s')).toMatchObject({ status: 'failed', error: { code: 'no-handler' } });
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
  });

  it('waits for what runs beside the failed step, and undoes it too', async () => {
    await flow.start({ type: 'parallel', steps: [...undoable('a'), ...commands('b')] });
    await flow.desk.poll();
    await flow.desk.reply('r:b:1', refusal);
    expect(await flow.read()).toMatchObject({ status: 'running' });
    await flow.desk.reply('r:a:1', { result: 1 });
    await flow.answer('r:a:1:undo');

    expect(await flow.read()).toMatchObject({ status: 'failed', error: { step_id: 'b' } });
  });

  it('tries to undo by the retry policy of the step, and goes on with the rest when that fails for good', async () => {
    const retry = { max_attempts: 2, delay_ms: 1_000 };
    await flow.start({
      steps: [...undoable('a', 'b').map((step) => ({ ...step, retry })), ...commands('c')],
    });
    await flow.answer('r:a:1');
    await flow.answer('r:b:1');
    await flow.answer('r:c:1', refusal);
    await flow.answer('r:b:1:undo', breakdown);
    await flow.passUntil(async () => {
      expect(await flow.desk.poll('wait_ms=0')).toMatchObject([{ id: 'r:b:1:undo', attempt: 2 }]);
    });
    await flow.desk.reply('r:b:1:undo', breakdown);
    await flow.answer('r:a:1:undo');

    expect(await flow.read()).toMatchObject({
      status: 'failed',
      error: { code: 'compensation-failed', step_id: 'b' },
    });
    expect(statusesOf(await flow.read())).toEqual({ a: 'compensated', b: 'completed', c: 'failed' });

    await flow.act('retry');
    await flow.answer('r:a:2');
    await flow.answer('r:c:2', refusal);
    await flow.answer('r:a:2:undo');
    await flow.answer('r:b:1:undo');
    expect(await flow.read()).toMatchObject({ status: 'failed', error: { code: 'declined' } });
  });

  it('asks whoever does a step to undo it', async () => {
    await flow.service.post('/mediators/flow/colleagues', { id: 'named', name: 'named' });
    const named = actAs(flow.service, 'flow', 'named');
    const steps = [
      ...undoable('a'),
      { id: 'n', type: 'n', handler_id: 'named', compensate: 'undo_n' },
      ...commands('c'),
    ];
    await flow.start({ steps });
    await flow.answer('r:a:1');
    await named.reply((await named.take()).id, { result: 1 });
    await flow.answer('r:c:1', refusal);

    expect((await named.take()).type).toBe('undo_n');
    await named.reply('r:n:1:undo', { result: null });
    await flow.answer('r:a:1:undo');
  });

  it('undoes each round of a loop, under the id of that round', async () => {
    const loop = { items: '["x", "y"]', max: 2 };
    await flow.start({ steps: [{ ...undoable('a')[0], loop, input: 'item' }, ...commands('b')] });
    await flow.answer('r:a:1', { result: 1 });
    await flow.answer('r:a:2', { result: 2 });
    await flow.answer('r:b:1', refusal);

    expect((await flow.answer('r:a:2:undo')).data).toEqual({ input: 'y', result: 2 });
    expect((await flow.answer('r:a:1:undo')).data).toEqual({ input: 'x', result: 1 });
    expect(await flow.read()).toMatchObject({ status: 'failed' });
  });
});

describe('a run that is cancelled', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
    await flow.start({ steps: [...undoable('a'), ...commands('b')] });
  });
  afterEach(() => flow.service.stop());

  it('undoes what it did, and takes no answers any more', async () => {
    await flow.answer('r:a:1');
    await flow.desk.take();
    for (let time = 0; time < 2; time += 1) {
      const cancelled = await flow.act('cancel', { reason: 'out of stock' });
      expect(cancelled).toMatchObject({ status: 200, body: { status: 'compensating' } });
    }
    expectRefusal(await flow.desk.reply('r:b:1', { result: 1 }), 409, 'illegal-transition');
    await flow.answer('r:a:1:undo');

    expect(await flow.read()).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled', message: 'out of stock' },
    });
    expect(statusesOf(await flow.read())).toEqual({ a: 'compensated', b: 'cancelled' });
    expect(await flow.act('cancel')).toMatchObject({ status: 200 });
  });

  it('waits for a command under way that can be undone, and undoes it', async () => {
    await flow.desk.take();
    await flow.act('cancel');
    await flow.desk.reply('r:a:1', { result: 1 });
    await flow.answer('r:a:1:undo');

    expect(await flow.read()).toMatchObject({ status: 'cancelled' });
  });

  it('leaves what it did as it is where compensate is false', async () => {
    await flow.answer('r:a:1');
    await flow.act('cancel', { compensate: false });

    expect(await flow.read()).toMatchObject({ status: 'cancelled', results: { a: null } });
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    await flow.act('retry');
    await flow.answer('r:b:2');
    expect(await flow.read()).toMatchObject({ status: 'completed' });
  });
});

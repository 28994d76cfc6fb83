import {
  commands,
  hostWorkflows,
  refusal,
  statusesOf,
  undoable,
  type HostedWorkflows,
} from './support/host-workflows';

describe('a sub-workflow', () => {
  let flow: HostedWorkflows;

  beforeEach(async () => {
    flow = await hostWorkflows();
    await flow.service.post('/mediators/flow/definitions', { name: 'sub', steps: undoable('a', 'b') });
  });
  afterEach(() => flow.service.stop());

  const steps = [{ id: 's', workflow: 'sub', input: '{"n": data.n + 1}' }, ...commands('c')];
  const child = 'r:s:1';
  const begin = async () => {
    await flow.start({ steps, data: { n: 1 } });
    await untilChild('running');
  };
  const untilChild = (status: string) =>
    flow.passUntil(async () => {
      expect(await flow.read(child)).toMatchObject({ status });
    });
  const untilRun = (status: string) =>
    flow.passUntil(async () => {
      expect(await flow.read()).toMatchObject({ status });
    });

  it('is a run of its own, with the input as its data, whose results are the result of the step', async () => {
    await begin();
    expect(await flow.read(child)).toMatchObject({ parent_id: 'r', name: 'sub', version: 1, data: { n: 2 } });
    expect((await flow.answer(`${child}:a:1`, { result: 'x' })).data).toEqual({ n: 2 });
    await flow.answer(`${child}:b:1`, { result: 'y' });
    await flow.answer('r:c:1');

    expect(await flow.read()).toMatchObject({ status: 'completed', results: { s: { a: 'x', b: 'y' } } });
    expect(await flow.read(child)).toMatchObject({ status: 'completed' });
  });

  it('goes to the handler of the run above', async () => {
    await flow.service.delete('/mediators/flow/colleagues/desk');
    await flow.service.post('/mediators/flow/colleagues', { id: 'desk', name: 'desk' });
    await flow.start({ steps: [{ id: 's', workflow: 'sub' }], handler_id: 'desk' });

    await flow.answer(`${child}:a:1`);
  });

  it('that fails has undone itself, and lets the step fail with its error', async () => {
    await begin();
    await flow.answer(`${child}:a:1`);
    await flow.answer(`${child}:b:1`, refusal);
    await flow.answer(`${child}:a:1:undo`);
    await untilRun('failed');

    expect(await flow.read(child)).toMatchObject({ status: 'failed', error: { step_id: 'b' } });
    expect(await flow.read()).toMatchObject({ error: { ...refusal.error, step_id: 's' } });
  });

  it('undoes itself where the run above fails later', async () => {
    await begin();
    await flow.answer(`${child}:a:1`);
    await flow.answer(`${child}:b:1`);
    await flow.answer('r:c:1', refusal);
    await flow.answer(`${child}:b:1:undo`);
    await flow.answer(`${child}:a:1:undo`);
    await untilRun('failed');

    expect(await flow.read(child)).toMatchObject({ status: 'cancelled' });
    expect(statusesOf(await flow.read())).toEqual({ s: 'compensated', c: 'failed' });
  });

  it('is paused and resumed with the run above', async () => {
    await begin();
    await flow.act('pause');
    await flow.answer(`${child}:a:1`);
    expect(await flow.read(child)).toMatchObject({ status: 'paused' });
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    await flow.act('resume');

    await flow.answer(`${child}:b:1`);
  });

  it('is cancelled with the run above, which waits until it has undone itself', async () => {
    await begin();
    await flow.answer(`${child}:a:1`);
    await flow.act('cancel');
    expect(await flow.read()).toMatchObject({ status: 'compensating' });
    await flow.desk.poll();
    await flow.desk.reply(`${child}:b:1`, { result: 1 });
    await flow.answer(`${child}:b:1:undo`);
    await flow.answer(`${child}:a:1:undo`);
    await untilRun('cancelled');

    expect(statusesOf(await flow.read())).toEqual({ s: 'cancelled', c: 'cancelled' });
  });

  it('has the time limit of its step, and undoes itself after that', async () => {
    await flow.start({ steps: [{ id: 's', workflow: 'sub', timeout_ms: 3_000 }] });
    await flow.desk.take();
    await untilChild('compensating');
    await flow.answer(`${child}:a:1:undo`);
    await untilRun('failed');

    expect(await flow.read()).toMatchObject({ error: { code: 'timeout', step_id: 's' } });
  });

  it('of a definition that is there no more fails its step', async () => {
    await flow.service.post('/mediators/flow/definitions', { name: 'top', steps });
    await flow.service.delete('/mediators/flow/definitions/sub');
    await flow.start({ name: 'top', data: { n: 1 } });
    await untilRun('failed');

    expect(await flow.read()).toMatchObject({ error: { code: 'not-found', step_id: 's' } });
  });

  it('that was cancelled by itself fails its step', async () => {
    await begin();
    await flow.act('cancel', { compensate: false }, child);
    await untilRun('failed');

    expect(await flow.read()).toMatchObject({ error: { code: 'cancelled', step_id: 's' } });
  });

  it('is begun anew when its run is begun again', async () => {
    await begin();
    await flow.answer(`${child}:a:1`, refusal);
    await untilRun('failed');
    await flow.act('retry');
    await flow.passUntil(async () => {
      expect(await flow.read('r:s:2')).toMatchObject({ status: 'running' });
    });
    await flow.answer('r:s:2:a:1');
    await flow.answer('r:s:2:b:1');
    await flow.answer('r:c:1');

    expect(await flow.read()).toMatchObject({ status: 'completed' });
  });
});

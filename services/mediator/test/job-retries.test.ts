import { actAs } from './act-as';
import { expectRefusal } from './support/expect-refusal';
import { hostJobs, onDemand, type HostedJobs } from './support/host-jobs';

describe('jobs whose handler fails', () => {
  let ops: HostedJobs;

  beforeEach(async () => {
    ops = await hostJobs();
  });
  afterEach(() => ops.service.stop());

  const retry = { max_attempts: 3, delay_ms: 1_000 };
  const begin = async (parts: object = {}) => {
    await ops.post('', { ...onDemand, retry, ...parts });
    await ops.post('/now/runs', { id: 'r-1' });
  };
  const run = async () => (await ops.runsOf('now'))[0];

  it('are tried again by their retry policy, with the same id, until it is done', async () => {
    await begin();
    await ops.worker.take();
    await ops.worker.reply('r-1', { error: { code: 'no-paper', message: 'empty', retryable: true } });
    expect(await run()).toMatchObject({ status: 'running', attempts: 1, error: { code: 'no-paper' } });

    await ops.passUntil(async () => {
      expect(await run()).toMatchObject({ attempts: 2 });
    });
    expect(await ops.worker.take()).toMatchObject({ id: 'r-1', attempt: 2 });
    await ops.worker.reply('r-1', { result: 'ok' });

    expect(await run()).toMatchObject({ status: 'completed', attempts: 2, result: 'ok', error: null });
  });

  it('have failed after the last try, or when another would change nothing', async () => {
    await begin({ retry: { max_attempts: 1 } });
    await ops.worker.take();
    await ops.worker.reply('r-1', { error: { code: 'no-paper', message: 'empty', retryable: true } });
    await ops.post('/now/runs', { id: 'r-2' });
    await ops.worker.take();
    await ops.worker.reply('r-2', { error: { code: 'no-printer', message: 'gone', retryable: false } });

    expect(await ops.runsOf('now')).toMatchObject([
      { status: 'failed', attempts: 1, error: { code: 'no-paper' } },
      { status: 'failed', attempts: 1, error: { code: 'no-printer' } },
    ]);
    expect(await ops.read('now')).toMatchObject({ status: 'pending' });
  });

  it('are tried again when no answer comes in time, and a late answer is refused', async () => {
    await begin({ timeout_ms: 10_000, retry: { max_attempts: 2, delay_ms: 0 } });
    await ops.worker.take();

    await ops.passUntil(async () => {
      expect(await run()).toMatchObject({ status: 'running', attempts: 2, error: { code: 'timeout' } });
    });
    await ops.passUntil(async () => {
      expect(await run()).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'timeout' } });
    });
    expectRefusal(await ops.worker.reply('r-1', { result: 1 }), 409, 'illegal-transition');
  });

  it('take an answer that comes between two tries, but no failure, which they have counted', async () => {
    await begin({
      timeout_ms: 1_000,
      retry: { max_attempts: 2, delay_ms: 3_600_000, max_delay_ms: 3_600_000 },
    });
    await ops.worker.take();
    await ops.passUntil(async () => {
      expect(await run()).toMatchObject({ attempts: 1, error: { code: 'timeout' } });
    });

    const failed = await ops.worker.reply('r-1', { error: { code: 'no-paper' } });
    expectRefusal(failed, 409, 'illegal-transition');
    expect(await run()).toMatchObject({ status: 'running', error: { code: 'timeout' } });
    expect(await ops.worker.reply('r-1', { result: 1 })).toMatchObject({ status: 200 });
    expect(await run()).toMatchObject({ status: 'completed', attempts: 1, result: 1 });
  });

  it('have failed tries while nobody is there, and go on with who comes', async () => {
    await begin({ name: 'mend', retry: { max_attempts: 5, delay_ms: 5_000, factor: 1 } });
    expect(await run()).toMatchObject({ status: 'running', attempts: 1, error: { code: 'no-handler' } });

    await ops.service.post('/mediators/ops/colleagues', { id: 'mender', name: 'mender', handles: ['mend'] });
    await ops.passUntil(async () => {
      const { waiting } = (await ops.service.get('/mediators/ops/colleagues/mender')).body as {
        waiting: number;
      };
      expect(waiting).toBe(1);
    });
    const mender = actAs(ops.service, 'ops', 'mender');
    await mender.take();
    await mender.reply('r-1', { result: null });

    expect(await run()).toMatchObject({ status: 'completed', attempts: 2 });
  });

  it('have failed with code no-handler when nobody has come by the last try', async () => {
    await begin({ handler_id: 'stranger', retry: { max_attempts: 2, delay_ms: 100 } });

    await ops.passUntil(async () => {
      expect(await run()).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'no-handler' } });
    });
  });

  it('go to another handler when theirs is unregistered', async () => {
    await begin();
    await ops.worker.take();
    await ops.service.delete('/mediators/ops/colleagues/worker');
    expect(await run()).toMatchObject({ status: 'running', error: { code: 'colleague-unregistered' } });
    await ops.service.post('/mediators/ops/colleagues', { id: 'next', name: 'next', handles: ['report'] });

    await ops.passUntil(async () => {
      expect(await run()).toMatchObject({ attempts: 2 });
    });
    const next = actAs(ops.service, 'ops', 'next');
    expect(await next.take()).toMatchObject({ id: 'r-1' });
    await next.reply('r-1', { result: 1 });
    expect(await run()).toMatchObject({ status: 'completed' });
  });
});

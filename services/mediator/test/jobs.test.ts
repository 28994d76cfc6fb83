import { eventually } from '@fanfare/core/testing';
import type { ShownJob } from '../src/kinds/job/job-schemas';
import { expectRefusal } from './support/expect-refusal';
import { hostJobs, jobsPath, onDemand, type HostedJobs } from './support/host-jobs';

describe('jobs', () => {
  let ops: HostedJobs;

  beforeEach(async () => {
    ops = await hostJobs();
  });
  afterEach(() => ops.service.stop());

  const ends = async () =>
    (await ops.service.announced())
      .filter(({ type }) => type.includes('job.'))
      .map(({ type, data }) => [type, data]);

  it('are created with all that was left out, and found again by the same call', async () => {
    const first = await ops.post('', onDemand);
    const again = await ops.post('', onDemand);
    const other = await ops.post('', { ...onDemand, data: null });

    expect(first).toMatchObject({ status: 201, headers: { location: '/api/v1/mediators/ops/jobs/now' } });
    expect(first.body).toEqual({
      ...onDemand,
      type: 'on-demand',
      schedule: null,
      every_ms: null,
      time_zone: 'UTC',
      priority: 0,
      handler_id: null,
      timeout_ms: 1_800_000,
      missed: 'last',
      overlap: 'skip',
      unique_key: null,
      retry: { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 },
      status: 'pending',
      progress: 0,
      next_run: null,
      last_run: null,
    });
    expect(again).toMatchObject({
      status: 200,
      headers: { 'idempotency-replayed': 'true' },
      body: first.body,
    });
    expectRefusal(other, 409, 'already-exists');
  });

  it('may be sent back as they were read, and are what their schedule makes them', async () => {
    const { body } = await ops.post('', {
      ...onDemand,
      status: 'paused',
      progress: 7,
      next_run: null,
      start_time: null,
    });
    expect(body).toMatchObject({ status: 'pending', progress: 0 });

    const types = await Promise.all(
      [{ schedule: '0 0 * * *' }, { every_ms: 1_000 }, { schedule: '2026-02-01T00:00:00+01:00' }, {}].map(
        async (parts) => ((await ops.post('', { name: 'report', ...parts })).body as ShownJob).type,
      ),
    );
    expect(types).toEqual(['scheduled', 'recurring', 'one-time', 'on-demand']);
  });

  it.each([
    [{ name: 'report', schedule: '61 * * * *' }, 'schedule'],
    [{ name: 'report', schedule: '@daily' }, 'schedule'],
    [{ name: 'report', schedule: '0 0 30 2 *' }, 'schedule'],
    [{ name: 'report', schedule: '0 0 * * *', time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ name: 'report', schedule: '2025-12-31T23:59:59Z' }, 'schedule'],
    [{ name: 'report', type: 'one-time', schedule: '0 0 * * *' }, 'schedule'],
    [{ name: 'report', type: 'scheduled' }, 'schedule'],
    [{ name: 'report', type: 'recurring', schedule: '0 0 * * *' }, 'every_ms'],
    [{ name: 'report', every_ms: 999 }, 'every_ms'],
    [{ name: 'report', type: 'on-demand', every_ms: 1_000 }, 'every_ms'],
    [{ name: 'report', priority: 101 }, 'priority'],
    [{ name: 'report', missed: 'some' }, 'missed'],
    [{ name: 'a b' }, 'name'],
    [{ name: 'report', steps: [] }, 'steps'],
  ])('are refused as %j', async (body, field) => {
    const answer = await ops.post('', body);

    expectRefusal(answer, 400, 'invalid');
    const { errors } = answer.body as { readonly errors: readonly { readonly field: string }[] };
    expect(errors.map((error) => error.field)).toContain(field);
  });

  it('are refused with too much data, in a mediator of another kind, and where there is no mediator', async () => {
    await ops.service.begin({ name: 'other', kind: 'task' });

    const large = await ops.post('', { ...onDemand, data: 'x'.repeat(262_143) });
    expectRefusal(large, 413, 'too-large');
    expectRefusal(await ops.service.post('/mediators/other/jobs', onDemand), 409, 'wrong-kind');
    expectRefusal(await ops.service.get('/mediators/other/jobs'), 409, 'wrong-kind');
    expectRefusal(await ops.service.post('/mediators/none/jobs', onDemand), 404, 'mediator-not-found');
    expectRefusal(await ops.service.get(`${jobsPath}/none`), 404, 'not-found');
    expectRefusal(await ops.post('/none/runs', {}), 404, 'not-found');
  });

  it('with a unique key are one at a time', async () => {
    const keyed = { name: 'report', unique_key: 'monthly' };
    await ops.post('', { ...keyed, id: 'a' });

    expectRefusal(await ops.post('', { ...keyed, id: 'b' }), 409, 'duplicate-key');
    const many = await Promise.all(
      Array.from({ length: 5 }, () => ops.post('', { name: 'report', unique_key: 'yearly' })),
    );
    expect(many.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);

    await ops.post('/a/cancel');
    expect(await ops.post('', { ...keyed, id: 'b' })).toMatchObject({ status: 201 });
  });

  it('are listed oldest first or last, by status, page by page', async () => {
    for (const id of ['c', 'a', 'b']) await ops.post('', { ...onDemand, id });
    await ops.post('/a/pause');
    const list = async (query: string) => {
      const { body } = await ops.service.get(`${jobsPath}?${query}`);
      const page = body as { readonly jobs: readonly ShownJob[]; readonly next_cursor: string | null };
      return { ids: page.jobs.map(({ id }) => id), next: page.next_cursor };
    };

    expect(await list('')).toEqual({ ids: ['c', 'a', 'b'], next: null });
    expect(await list('order=desc')).toEqual({ ids: ['b', 'a', 'c'], next: null });
    expect((await list('status=paused')).ids).toEqual(['a']);
    const { ids, next } = await list('limit=2');
    expect(ids).toEqual(['c', 'a']);
    expect(await list(`limit=2&cursor=${String(next)}`)).toEqual({ ids: ['b'], next: null });
    expectRefusal(await ops.service.get(`${jobsPath}?state=paused`), 400, 'invalid');
  });

  it('made by a message have its recipient as their handler', async () => {
    const message = { name: 'report', type: 'scheduled', schedule: '0 0 * * *' };
    const sent = await ops.worker.send({ recipient_id: 'worker', message });

    expect(sent).toMatchObject({ status: 200, body: { message: 'Message sent successfully' } });
    const { id } = sent.body as { readonly id: string };
    expect(await ops.read(id)).toMatchObject({
      ...message,
      handler_id: 'worker',
      next_run: '2026-01-02T00:00:00.000Z',
    });
  });

  it('of high priority are handed out before those of low priority', async () => {
    for (const [id, priority] of [
      ['low', -1],
      ['normal', 0],
      ['high', 1],
      ['urgent', 100],
    ] as const) {
      await ops.post('', { ...onDemand, id, priority });
      await ops.post(`/${id}/runs`, { id: `r-${id}` });
    }

    expect((await ops.worker.poll('')).map(({ id }) => id)).toEqual([
      'r-urgent',
      'r-high',
      'r-normal',
      'r-low',
    ]);
  });

  it('that are cancelled take back what has begun, and tell so once', async () => {
    await ops.post('', onDemand);
    await ops.post('/now/runs', { id: 'r-1' });
    await ops.worker.take();

    const cancelled = await ops.post('/now/cancel');
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', next_run: null } });
    expect(await ops.post('/now/cancel')).toMatchObject({ status: 200, body: cancelled.body });

    expect(await ops.runsOf('now')).toMatchObject([{ status: 'failed', error: { code: 'cancelled' } }]);
    expectRefusal(await ops.worker.reply('r-1', { result: 1 }), 409, 'illegal-transition');
    for (const verb of ['pause', 'resume']) {
      expectRefusal(await ops.post(`/now/${verb}`), 409, 'illegal-transition');
    }
    expect(await ends()).toEqual([
      ['com.fanfare.job.cancelled.v1', { mediator: 'ops', job_id: 'now', name: 'report' }],
    ]);
  });

  it('that are cancelled before anybody has taken their command are not handed out any more', async () => {
    await ops.post('', onDemand);
    await ops.post('/now/runs', { id: 'r-1' });
    await ops.post('/now/cancel');

    expect(await ops.worker.poll('')).toEqual([]);
    expect((await ops.service.get('/mediators/ops/messages/r-1')).body).toMatchObject({
      status: 'cancelled',
    });
  });

  it('of a removed mediator end with it, and nothing fires any more', async () => {
    await ops.post('', { ...onDemand, every_ms: 1_000 });
    await ops.post('/now/runs', { id: 'r-1' });
    await ops.service.delete('/mediators/ops');
    await ops.service.begin(
      { name: 'ops', kind: 'job' },
      { id: 'worker', name: 'worker', handles: ['report'] },
    );
    await ops.clock.advance(10_000);

    expect((await ops.service.get(jobsPath)).body).toEqual({ jobs: [], next_cursor: null });
    expect(await ops.worker.poll('')).toEqual([]);
    expect(ops.service.logLines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  it('are deleted with their runs when they ended long ago, and runs of those that go on as well', async () => {
    await ops.post('', onDemand);
    await ops.post('', { ...onDemand, id: 'over' });
    await ops.post('/now/runs', { id: 'r-1' });
    await ops.worker.take();
    await ops.worker.reply('r-1', { result: 1 });
    await ops.post('/over/cancel');
    ops.clock.leap(31 * 86_400_000);
    await ops.post('/now/runs', { id: 'r-2' });

    await eventually(async () => {
      await ops.clock.advance(600_000);
      expect((await ops.service.get(jobsPath)).body).toMatchObject({ jobs: [{ id: 'now' }] });
      expect(await ops.runsOf('now')).toMatchObject([{ id: 'r-2' }]);
    });
    expect(await ops.post('', { ...onDemand, id: 'over' })).toMatchObject({ status: 201 });
  });

  it('have their runs counted by status', async () => {
    await ops.post('', onDemand);
    await ops.post('/now/runs', {});
    await ops.post('/now/runs', {});

    const { body } = await ops.service.request('/metrics');
    const counted = [...String(body).matchAll(/^mediator_runs\{kind="job",status="(\w+)"\} (\d+)$/gm)];
    expect(Object.fromEntries(counted.map(([, status, count]) => [status, Number(count)]))).toEqual({
      running: 1,
      completed: 0,
      failed: 0,
      skipped: 1,
    });
  });
});

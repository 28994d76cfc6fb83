import { expectRefusal } from './support/expect-refusal';
import { hostJobs, jobsPath, onDemand, type HostedJobs } from './support/host-jobs';

describe('jobs that are run by hand', () => {
  let ops: HostedJobs;

  beforeEach(async () => {
    ops = await hostJobs();
    await ops.post('', onDemand);
  });
  afterEach(() => ops.service.stop());

  it('send a command with the data of the job or the call, and keep what was answered', async () => {
    const begun = await ops.post('/now/runs', { id: 'r-1' });
    expect(begun).toMatchObject({
      status: 201,
      headers: { location: '/api/v1/mediators/ops/jobs/now/runs/r-1' },
      body: { id: 'r-1', job_id: 'now', status: 'running', attempts: 1 },
    });
    const delivery = await ops.worker.take();
    expect(delivery).toMatchObject({
      id: 'r-1',
      kind: 'command',
      type: 'report',
      data: { pages: 3 },
      sender_id: null,
      reply_expected: true,
    });
    await ops.worker.reply('r-1', { result: { printed: 3 } });
    await ops.post('/now/runs', { id: 'r-2', data: { pages: 9 } });

    expect(await ops.worker.take()).toMatchObject({ id: 'r-2', data: { pages: 9 } });
    expect((await ops.service.get(`${jobsPath}/now/runs/r-1`)).body).toEqual({
      id: 'r-1',
      job_id: 'now',
      scheduled_for: '2026-01-01T00:00:00.000Z',
      status: 'completed',
      attempts: 1,
      result: { printed: 3 },
      error: null,
      start_time: '2026-01-01T00:00:00.000Z',
      end_time: '2026-01-01T00:00:00.000Z',
    });
    expect(await ops.read('now')).toMatchObject({ status: 'pending', last_run: '2026-01-01T00:00:00.000Z' });
  });

  it('run once for the same call, and are not taken for one another', async () => {
    await ops.post('', { ...onDemand, id: 'other' });
    const first = await ops.post('/now/runs', { id: 'r-1' });

    expect(await ops.post('/now/runs', { id: 'r-1' })).toMatchObject({ status: 200, body: first.body });
    expectRefusal(await ops.post('/now/runs', { id: 'r-1', data: 1 }), 409, 'already-exists');
    expectRefusal(await ops.post('/other/runs', { id: 'r-1' }), 409, 'already-exists');
    expectRefusal(await ops.service.get(`${jobsPath}/other/runs/r-1`), 404, 'not-found');
    expect(await ops.runsOf('now')).toHaveLength(1);
  });

  it('have a history, oldest first, by status, page by page', async () => {
    for (const id of ['r-1', 'r-2', 'r-3']) await ops.post('/now/runs', { id });

    expect((await ops.runsOf('now')).map(({ id, status }) => [id, status])).toEqual([
      ['r-1', 'running'],
      ['r-2', 'skipped'],
      ['r-3', 'skipped'],
    ]);
    expect((await ops.listRuns('now', '?status=running')).runs).toHaveLength(1);
    const page = await ops.listRuns('now', '?limit=2&order=desc');
    expect(page.runs.map(({ id }) => id)).toEqual(['r-3', 'r-2']);
    const rest = await ops.listRuns('now', `?limit=2&order=desc&cursor=${String(page.next_cursor)}`);
    expect(rest).toMatchObject({ runs: [{ id: 'r-1' }], next_cursor: null });
  });

  it('run also while they are paused, but not after their end', async () => {
    await ops.post('/now/pause');
    expect(await ops.post('/now/runs')).toMatchObject({ status: 201, body: { status: 'running' } });
    await ops.post('/now/cancel');

    expectRefusal(await ops.post('/now/runs', {}), 409, 'illegal-transition');
  });
});

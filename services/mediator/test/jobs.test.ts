import { eventually } from '@fanfare/core/testing';
import { expectProblem, type TestResponse } from '@fanfare/service-kit/testing';
import type { ShownJob, ShownRun } from '../src/kinds/job/job-schemas';
import { actAs, type ActingColleague } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { createLeapingClock, type LeapingClock } from './leaping-clock';

describe('jobs', () => {
  let clock: LeapingClock;
  let service: MediatorForTest;
  let worker: ActingColleague;

  beforeEach(async () => {
    clock = createLeapingClock(new Date('2026-01-01T00:00:00.000Z'));
    service = await hostMediator({ INACTIVE_TIMEOUT: '365d' }, { clock });
    await service.begin({ name: 'ops', kind: 'job' }, { id: 'worker', name: 'worker', handles: ['report'] });
    worker = actAs(service, 'ops', 'worker');
  });
  afterEach(() => service.stop());

  const jobs = '/mediators/ops/jobs';
  const onDemand = { id: 'now', name: 'report', data: { pages: 3 } };

  const expectRefusal = (answer: TestResponse, status: number, code: string) => {
    expect(expectProblem(answer, status).code).toBe(code);
  };
  const post = (path: string, body?: object) => service.post(`${jobs}${path}`, body);
  const read = async (id: string) => (await service.get(`${jobs}/${id}`)).body as ShownJob;
  const listRuns = async (id: string, query = '') =>
    (await service.get(`${jobs}/${id}/runs${query}`)).body as {
      readonly runs: readonly ShownRun[];
      readonly next_cursor: string | null;
    };
  const runsOf = async (id: string) => (await listRuns(id)).runs;
  const ends = async () =>
    (await service.announced())
      .filter(({ type }) => type.includes('job.'))
      .map(({ type, data }) => [type, data]);
  /** Time goes on in small steps until it holds. */
  const passUntil = (assertion: () => void | Promise<void>) =>
    eventually(async () => {
      await clock.advance(500);
      await assertion();
    });

  it('are created with all that was left out, and found again by the same call', async () => {
    const first = await post('', onDemand);
    const again = await post('', onDemand);
    const other = await post('', { ...onDemand, data: null });

    expect(first).toMatchObject({ status: 201, headers: { location: '/api/v1/mediators/ops/jobs/now' } });
    expect(first.body).toEqual({
      ...onDemand,
      ...{
        type: 'on-demand',
        schedule: null,
        every_ms: null,
        time_zone: 'UTC',
        priority: 0,
        handler_id: null,
      },
      ...{ timeout_ms: 1_800_000, missed: 'last', overlap: 'skip', unique_key: null },
      retry: { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 30_000 },
      ...{ status: 'pending', progress: 0, next_run: null, last_run: null },
    });
    expect(again).toMatchObject({
      status: 200,
      headers: { 'idempotency-replayed': 'true' },
      body: first.body,
    });
    expectRefusal(other, 409, 'already-exists');
  });

  it('may be sent back as they were read, and are what their schedule makes them', async () => {
    const { body } = await post('', {
      ...onDemand,
      status: 'paused',
      progress: 7,
      next_run: null,
      start_time: null,
    });
    expect(body).toMatchObject({ status: 'pending', progress: 0 });

    const types = await Promise.all(
      [{ schedule: '0 0 * * *' }, { every_ms: 1_000 }, { schedule: '2026-02-01T00:00:00+01:00' }, {}].map(
        async (parts) => ((await post('', { name: 'report', ...parts })).body as ShownJob).type,
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
    const answer = await post('', body);

    expectRefusal(answer, 400, 'invalid');
    const { errors } = answer.body as { readonly errors: readonly { readonly field: string }[] };
    expect(errors.map((error) => error.field)).toContain(field);
  });

  it('are refused with too much data, in a mediator of another kind, and where there is no mediator', async () => {
    await service.begin({ name: 'other', kind: 'task' });

    const large = await post('', { ...onDemand, data: 'x'.repeat(262_143) });
    expectRefusal(large, 413, 'too-large');
    expectRefusal(await service.post('/mediators/other/jobs', onDemand), 409, 'wrong-kind');
    expectRefusal(await service.get('/mediators/other/jobs'), 409, 'wrong-kind');
    expectRefusal(await service.post('/mediators/none/jobs', onDemand), 404, 'mediator-not-found');
    expectRefusal(await service.get(`${jobs}/none`), 404, 'not-found');
    expectRefusal(await post('/none/runs', {}), 404, 'not-found');
  });

  it('with a unique key are one at a time', async () => {
    const keyed = { name: 'report', unique_key: 'monthly' };
    await post('', { ...keyed, id: 'a' });

    expectRefusal(await post('', { ...keyed, id: 'b' }), 409, 'duplicate-key');
    const many = await Promise.all(
      Array.from({ length: 5 }, () => post('', { name: 'report', unique_key: 'yearly' })),
    );
    expect(many.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);

    await post('/a/cancel');
    expect(await post('', { ...keyed, id: 'b' })).toMatchObject({ status: 201 });
  });

  it('are listed oldest first or last, by status, page by page', async () => {
    for (const id of ['c', 'a', 'b']) await post('', { ...onDemand, id });
    await post('/a/pause');
    const list = async (query: string) => {
      const { body } = await service.get(`${jobs}?${query}`);
      const page = body as { readonly jobs: readonly ShownJob[]; readonly next_cursor: string | null };
      return { ids: page.jobs.map(({ id }) => id), next: page.next_cursor };
    };

    expect(await list('')).toEqual({ ids: ['c', 'a', 'b'], next: null });
    expect(await list('order=desc')).toEqual({ ids: ['b', 'a', 'c'], next: null });
    expect((await list('status=paused')).ids).toEqual(['a']);
    const { ids, next } = await list('limit=2');
    expect(ids).toEqual(['c', 'a']);
    expect(await list(`limit=2&cursor=${String(next)}`)).toEqual({ ids: ['b'], next: null });
    expectRefusal(await service.get(`${jobs}?state=paused`), 400, 'invalid');
  });

  it('made by a message have its recipient as their handler', async () => {
    const message = { name: 'report', type: 'scheduled', schedule: '0 0 * * *' };
    const sent = await worker.send({ recipient_id: 'worker', message });

    expect(sent).toMatchObject({ status: 200, body: { message: 'Message sent successfully' } });
    const { id } = sent.body as { readonly id: string };
    expect(await read(id)).toMatchObject({
      ...{ ...message, handler_id: 'worker', next_run: '2026-01-02T00:00:00.000Z' },
    });
  });

  describe('that are run by hand', () => {
    beforeEach(() => post('', onDemand));

    it('send a command with the data of the job or the call, and keep what was answered', async () => {
      const begun = await post('/now/runs', { id: 'r-1' });
      expect(begun).toMatchObject({
        status: 201,
        headers: { location: '/api/v1/mediators/ops/jobs/now/runs/r-1' },
        body: { id: 'r-1', job_id: 'now', status: 'running', attempts: 1 },
      });
      const delivery = await worker.take();
      expect(delivery).toMatchObject({
        ...{ id: 'r-1', kind: 'command', type: 'report', data: { pages: 3 }, sender_id: null },
        reply_expected: true,
      });
      await worker.reply('r-1', { result: { printed: 3 } });
      await post('/now/runs', { id: 'r-2', data: { pages: 9 } });

      expect(await worker.take()).toMatchObject({ id: 'r-2', data: { pages: 9 } });
      expect((await service.get(`${jobs}/now/runs/r-1`)).body).toEqual({
        ...{ id: 'r-1', job_id: 'now', scheduled_for: '2026-01-01T00:00:00.000Z', status: 'completed' },
        ...{ attempts: 1, result: { printed: 3 }, error: null },
        ...{ start_time: '2026-01-01T00:00:00.000Z', end_time: '2026-01-01T00:00:00.000Z' },
      });
      expect(await read('now')).toMatchObject({ status: 'pending', last_run: '2026-01-01T00:00:00.000Z' });
    });

    it('run once for the same call, and are not taken for one another', async () => {
      await post('', { ...onDemand, id: 'other' });
      const first = await post('/now/runs', { id: 'r-1' });

      expect(await post('/now/runs', { id: 'r-1' })).toMatchObject({ status: 200, body: first.body });
      expectRefusal(await post('/now/runs', { id: 'r-1', data: 1 }), 409, 'already-exists');
      expectRefusal(await post('/other/runs', { id: 'r-1' }), 409, 'already-exists');
      expectRefusal(await service.get(`${jobs}/other/runs/r-1`), 404, 'not-found');
      expect(await runsOf('now')).toHaveLength(1);
    });

    it('have a history, oldest first, by status, page by page', async () => {
      for (const id of ['r-1', 'r-2', 'r-3']) await post('/now/runs', { id });

      expect((await runsOf('now')).map(({ id, status }) => [id, status])).toEqual([
        ['r-1', 'running'],
        ['r-2', 'skipped'],
        ['r-3', 'skipped'],
      ]);
      expect((await listRuns('now', '?status=running')).runs).toHaveLength(1);
      const page = await listRuns('now', '?limit=2&order=desc');
      expect(page.runs.map(({ id }) => id)).toEqual(['r-3', 'r-2']);
      const rest = await listRuns('now', `?limit=2&order=desc&cursor=${String(page.next_cursor)}`);
      expect(rest).toMatchObject({ runs: [{ id: 'r-1' }], next_cursor: null });
    });

    it('run also while they are paused, but not after their end', async () => {
      await post('/now/pause');
      expect(await post('/now/runs')).toMatchObject({ status: 201, body: { status: 'running' } });
      await post('/now/cancel');

      expectRefusal(await post('/now/runs', {}), 409, 'illegal-transition');
    });
  });

  describe('whose handler fails', () => {
    const retry = { max_attempts: 3, delay_ms: 1_000 };
    const begin = async (parts: object = {}) => {
      await post('', { ...onDemand, retry, ...parts });
      await post('/now/runs', { id: 'r-1' });
    };
    const run = async () => (await runsOf('now'))[0];

    it('are tried again by their retry policy, with the same id, until it is done', async () => {
      await begin();
      await worker.take();
      await worker.reply('r-1', { error: { code: 'no-paper', message: 'empty', retryable: true } });
      expect(await run()).toMatchObject({ status: 'running', attempts: 1, error: { code: 'no-paper' } });

      await passUntil(async () => {
        expect(await run()).toMatchObject({ attempts: 2 });
      });
      expect(await worker.take()).toMatchObject({ id: 'r-1', attempt: 2 });
      await worker.reply('r-1', { result: 'ok' });

      expect(await run()).toMatchObject({ status: 'completed', attempts: 2, result: 'ok', error: null });
    });

    it('have failed after the last try, or when another would change nothing', async () => {
      await begin({ retry: { max_attempts: 1 } });
      await worker.take();
      await worker.reply('r-1', { error: { code: 'no-paper', message: 'empty', retryable: true } });
      await post('/now/runs', { id: 'r-2' });
      await worker.take();
      await worker.reply('r-2', { error: { code: 'no-printer', message: 'gone', retryable: false } });

      expect(await runsOf('now')).toMatchObject([
        { status: 'failed', attempts: 1, error: { code: 'no-paper' } },
        { status: 'failed', attempts: 1, error: { code: 'no-printer' } },
      ]);
      expect(await read('now')).toMatchObject({ status: 'pending' });
    });

    it('are tried again when no answer comes in time, and a late answer is refused', async () => {
      await begin({ timeout_ms: 10_000, retry: { max_attempts: 2, delay_ms: 0 } });
      await worker.take();

      await passUntil(async () => {
        expect(await run()).toMatchObject({ status: 'running', attempts: 2, error: { code: 'timeout' } });
      });
      await passUntil(async () => {
        expect(await run()).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'timeout' } });
      });
      expectRefusal(await worker.reply('r-1', { result: 1 }), 409, 'illegal-transition');
    });

    it('take an answer that comes between two tries, but no failure, which they have counted', async () => {
      await begin({
        timeout_ms: 1_000,
        retry: { max_attempts: 2, delay_ms: 3_600_000, max_delay_ms: 3_600_000 },
      });
      await worker.take();
      await passUntil(async () => {
        expect(await run()).toMatchObject({ attempts: 1, error: { code: 'timeout' } });
      });

      const failed = await worker.reply('r-1', { error: { code: 'no-paper' } });
      expectRefusal(failed, 409, 'illegal-transition');
      expect(await run()).toMatchObject({ status: 'running', error: { code: 'timeout' } });
      expect(await worker.reply('r-1', { result: 1 })).toMatchObject({ status: 200 });
      expect(await run()).toMatchObject({ status: 'completed', attempts: 1, result: 1 });
    });

    it('have failed tries while nobody is there, and go on with who comes', async () => {
      await begin({ name: 'mend', retry: { max_attempts: 5, delay_ms: 5_000, factor: 1 } });
      expect(await run()).toMatchObject({ status: 'running', attempts: 1, error: { code: 'no-handler' } });

      await service.post('/mediators/ops/colleagues', { id: 'mender', name: 'mender', handles: ['mend'] });
      await passUntil(async () => {
        const { waiting } = (await service.get('/mediators/ops/colleagues/mender')).body as {
          waiting: number;
        };
        expect(waiting).toBe(1);
      });
      const mender = actAs(service, 'ops', 'mender');
      await mender.take();
      await mender.reply('r-1', { result: null });

      expect(await run()).toMatchObject({ status: 'completed', attempts: 2 });
    });

    it('have failed with code no-handler when nobody has come by the last try', async () => {
      await begin({ handler_id: 'stranger', retry: { max_attempts: 2, delay_ms: 100 } });

      await passUntil(async () => {
        expect(await run()).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'no-handler' } });
      });
    });

    it('go to another handler when theirs is unregistered', async () => {
      await begin();
      await worker.take();
      await service.delete('/mediators/ops/colleagues/worker');
      expect(await run()).toMatchObject({ status: 'running', error: { code: 'colleague-unregistered' } });
      await service.post('/mediators/ops/colleagues', { id: 'next', name: 'next', handles: ['report'] });

      await passUntil(async () => {
        expect(await run()).toMatchObject({ attempts: 2 });
      });
      const next = actAs(service, 'ops', 'next');
      expect(await next.take()).toMatchObject({ id: 'r-1' });
      await next.reply('r-1', { result: 1 });
      expect(await run()).toMatchObject({ status: 'completed' });
    });
  });

  it('of high priority are handed out before those of low priority', async () => {
    for (const [id, priority] of [
      ['low', -1],
      ['normal', 0],
      ['high', 1],
      ['urgent', 100],
    ] as const) {
      await post('', { ...onDemand, id, priority });
      await post(`/${id}/runs`, { id: `r-${id}` });
    }

    expect((await worker.poll('')).map(({ id }) => id)).toEqual(['r-urgent', 'r-high', 'r-normal', 'r-low']);
  });

  it('that are cancelled take back what has begun, and tell so once', async () => {
    await post('', onDemand);
    await post('/now/runs', { id: 'r-1' });
    await worker.take();

    const cancelled = await post('/now/cancel');
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', next_run: null } });
    expect(await post('/now/cancel')).toMatchObject({ status: 200, body: cancelled.body });

    expect(await runsOf('now')).toMatchObject([{ status: 'failed', error: { code: 'cancelled' } }]);
    expectRefusal(await worker.reply('r-1', { result: 1 }), 409, 'illegal-transition');
    for (const verb of ['pause', 'resume']) {
      expectRefusal(await post(`/now/${verb}`), 409, 'illegal-transition');
    }
    expect(await ends()).toEqual([
      ['com.fanfare.job.cancelled.v1', { mediator: 'ops', job_id: 'now', name: 'report' }],
    ]);
  });

  it('that are cancelled before anybody has taken their command are not handed out any more', async () => {
    await post('', onDemand);
    await post('/now/runs', { id: 'r-1' });
    await post('/now/cancel');

    expect(await worker.poll('')).toEqual([]);
    expect((await service.get('/mediators/ops/messages/r-1')).body).toMatchObject({ status: 'cancelled' });
  });

  it('of a removed mediator end with it, and nothing fires any more', async () => {
    await post('', { ...onDemand, every_ms: 1_000 });
    await post('/now/runs', { id: 'r-1' });
    await service.delete('/mediators/ops');
    await service.begin({ name: 'ops', kind: 'job' }, { id: 'worker', name: 'worker', handles: ['report'] });
    await clock.advance(10_000);

    expect((await service.get(jobs)).body).toEqual({ jobs: [], next_cursor: null });
    expect(await worker.poll('')).toEqual([]);
    expect(service.logLines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  it('are deleted with their runs when they ended long ago, and runs of those that go on as well', async () => {
    await post('', onDemand);
    await post('', { ...onDemand, id: 'over' });
    await post('/now/runs', { id: 'r-1' });
    await worker.take();
    await worker.reply('r-1', { result: 1 });
    await post('/over/cancel');
    clock.leap(31 * 86_400_000);
    await post('/now/runs', { id: 'r-2' });

    await eventually(async () => {
      await clock.advance(600_000);
      expect((await service.get(jobs)).body).toMatchObject({ jobs: [{ id: 'now' }] });
      expect(await runsOf('now')).toMatchObject([{ id: 'r-2' }]);
    });
    expect(await post('', { ...onDemand, id: 'over' })).toMatchObject({ status: 201 });
  });

  it('have their runs counted by status', async () => {
    await post('', onDemand);
    await post('/now/runs', {});
    await post('/now/runs', {});

    const { body } = await service.request('/metrics');
    const counted = [...String(body).matchAll(/^mediator_runs\{kind="job",status="(\w+)"\} (\d+)$/gm)];
    expect(Object.fromEntries(counted.map(([, status, count]) => [status, Number(count)]))).toEqual({
      ...{ running: 1, completed: 0, failed: 0, skipped: 1 },
    });
  });
});

import { eventually } from '@fanfare/core/testing';
import type { ShownJob, ShownRun } from '../src/kinds/job/job-schemas';
import { actAs, type ActingColleague } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { createLeapingClock, type LeapingClock } from './leaping-clock';

const hourMs = 3_600_000;

describe('a job', () => {
  let clock: LeapingClock;
  let service: MediatorForTest;
  let worker: ActingColleague;

  beforeEach(async () => {
    clock = createLeapingClock(new Date('2026-01-01T00:00:00.000Z'));
    service = await hostMediator({ INACTIVE_TIMEOUT: '1000d' }, { clock });
    await service.begin({ name: 'ops', kind: 'job' }, { id: 'worker', name: 'worker', handles: ['report'] });
    worker = actAs(service, 'ops', 'worker');
  });
  afterEach(() => service.stop());

  const jobs = '/mediators/ops/jobs';
  const create = async (parts: object) => {
    const { status, body } = await service.post(jobs, { id: 'job', name: 'report', ...parts });
    expect({ status, body }).toMatchObject({ status: 201 });
    return body as ShownJob;
  };
  const act = async (verb: string) => (await service.post(`${jobs}/job/${verb}`)).body as ShownJob;
  const read = async () => (await service.get(`${jobs}/job`)).body as ShownJob;
  const runs = async () => {
    const { body } = await service.get(`${jobs}/job/runs?limit=1000`);
    return (body as { readonly runs: readonly ShownRun[] }).runs;
  };
  const ticks = async () => (await runs()).map(({ scheduled_for: time }) => time.slice(0, 16));
  const announced = async () =>
    (await service.announced())
      .filter(({ type }) => type.includes('.job.'))
      .map(({ type, data }) => [type, data['error']]);

  /** Nobody watches the time until then. */
  async function leapTo(time: string): Promise<void> {
    clock.leap(new Date(time).getTime() - clock.now().getTime());
    await clock.advance(3_000);
  }

  /** The time goes on, and whatever begins is done at once. */
  async function workThrough(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1_000);
      for (const { id } of await worker.poll('')) await worker.reply(id, { result: second });
    }
  }

  it('with a cron expression runs at its times, and tells the next and the last', async () => {
    expect(await create({ schedule: '0 9 * * MON-FRI', time_zone: 'Europe/Berlin' })).toMatchObject({
      next_run: '2026-01-01T08:00:00.000Z',
    });

    await leapTo('2026-01-01T08:00:00Z');
    const [delivery] = await worker.poll('');
    expect(delivery).toMatchObject({ id: 'job:2026-01-01T08:00:00.000Z', type: 'report', attempt: 1 });
    await worker.reply('job:2026-01-01T08:00:00.000Z', { result: 1 });
    expect(await read()).toMatchObject({
      status: 'pending',
      next_run: '2026-01-02T08:00:00.000Z',
      last_run: expect.stringContaining('2026-01-01T08:00:0') as string,
    });
    await leapTo('2026-01-02T08:00:00Z');

    expect(await ticks()).toEqual(['2026-01-01T08:00', '2026-01-02T08:00']);
    expect((await read()).next_run).toBe('2026-01-05T08:00:00.000Z');
  });

  it('runs each day once when clocks are put forward and back', async () => {
    clock.leap(new Date('2026-03-28T00:00:00Z').getTime() - clock.now().getTime());
    await create({ schedule: '30 2 * * *', time_zone: 'Europe/Berlin', overlap: 'allow' });

    for (const day of ['28', '29', '30']) await leapTo(`2026-03-${day}T02:00:00Z`);
    expect(await ticks()).toEqual(['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']);
    await act('pause');
    clock.leap(new Date('2026-10-24T00:00:00Z').getTime() - clock.now().getTime());
    await act('resume');
    for (const day of ['24', '25', '26']) await leapTo(`2026-10-${day}T02:00:00Z`);

    expect((await ticks()).slice(3)).toEqual(['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']);
  });

  it('that recurs counts from its creation, a fraction of a second included', async () => {
    await clock.advance(250);
    await create({ every_ms: 2_000 });

    await workThrough(7);

    expect((await runs()).map(({ scheduled_for: time, status }) => [time, status])).toEqual([
      ['2026-01-01T00:00:02.250Z', 'completed'],
      ['2026-01-01T00:00:04.250Z', 'completed'],
      ['2026-01-01T00:00:06.250Z', 'completed'],
    ]);
  });

  it.each([
    ['completed', { result: 1 }, 'com.fanfare.job.completed.v1', undefined],
    [
      'failed',
      { error: { code: 'no-paper', message: 'empty', retryable: false } },
      'com.fanfare.job.failed.v2',
      { code: 'no-paper', message: 'empty', retryable: false },
    ],
  ])('of one time is %s with its run, and tells so', async (status, answer, type, error) => {
    await create({ schedule: '2026-01-01T00:30:00Z' });
    await leapTo('2026-01-01T00:30:00Z');
    expect(await read()).toMatchObject({ status: 'pending', next_run: null, progress: 0 });

    await worker.take();
    await worker.reply('job:2026-01-01T00:30:00.000Z', answer);

    expect(await read()).toMatchObject({
      status,
      next_run: null,
      progress: status === 'completed' ? 100 : 0,
    });
    expect(await announced()).toEqual([[type, error]]);
  });

  it('of one time does not end with a run by hand', async () => {
    await create({ schedule: '2026-01-02T00:00:00Z' });
    await service.post(`${jobs}/job/runs`, { id: 'r-1' });
    await worker.take();
    await worker.reply('r-1', { result: 1 });

    expect(await read()).toMatchObject({ status: 'pending', next_run: '2026-01-02T00:00:00.000Z' });
  });

  it('of one time that nobody can do fails with its last try', async () => {
    await create({ schedule: '2026-01-01T00:00:10Z', handler_id: 'stranger', retry: { max_attempts: 1 } });
    await clock.advance(11_000);

    expect(await read()).toMatchObject({ status: 'failed' });
    expect(await announced()).toMatchObject([['com.fanfare.job.failed.v2', { code: 'no-handler' }]]);
  });

  describe('that missed ticks while nobody was there', () => {
    const away = '2026-01-01T05:30:00Z';
    const hourly = { schedule: '0 * * * *', overlap: 'allow' };

    it.each([
      ['last', ['2026-01-01T05:00']],
      ['skip', []],
      [
        'all',
        ['2026-01-01T01:00', '2026-01-01T02:00', '2026-01-01T03:00', '2026-01-01T04:00', '2026-01-01T05:00'],
      ],
    ])('makes up for them with %j: %j', async (missed, expected) => {
      await create({ ...hourly, missed });

      await leapTo(away);

      expect(await ticks()).toEqual(expected);
      expect((await read()).next_run).toBe('2026-01-01T06:00:00.000Z');
    });

    it('makes up for the latest unless it says otherwise', async () => {
      await create(hourly);

      await leapTo(away);

      expect(await ticks()).toEqual(['2026-01-01T05:00']);
    });

    it('makes up for a hundred with "all", and no more', async () => {
      await create({ every_ms: 60_000, overlap: 'allow', missed: 'all' });

      await leapTo('2026-01-02T00:00:30Z');

      await eventually(async () => {
        await clock.advance(100);
        expect(await ticks()).toHaveLength(100);
      });
      expect((await ticks()).at(-1)).toBe('2026-01-02T00:00');
      expect((await ticks()).at(0)).toBe('2026-01-01T22:21');
    });

    it('of one time is made up for, or has failed where it says so', async () => {
      await create({ schedule: '2026-01-01T01:00:00Z' });
      await service.post(jobs, {
        id: 'punctual',
        name: 'report',
        schedule: '2026-01-01T01:00:00Z',
        missed: 'skip',
      });

      await leapTo(away);

      expect(await ticks()).toEqual(['2026-01-01T01:00']);
      expect((await service.get(`${jobs}/punctual`)).body).toMatchObject({ status: 'failed' });
      expect((await service.get(`${jobs}/punctual/runs`)).body).toMatchObject({
        runs: [{ status: 'skipped', error: { code: 'missed' }, start_time: null }],
      });
      expect(await announced()).toMatchObject([['com.fanfare.job.failed.v2', { code: 'missed' }]]);
    });
  });

  it('skips a run that would overlap the one before, and runs the next', async () => {
    await create({ every_ms: 1_000 });

    await clock.advance(3_000);
    const [{ id } = { id: '' }] = await worker.poll('');
    await worker.reply(id, { result: 1 });
    await clock.advance(1_000);

    expect((await runs()).map(({ status }) => status)).toEqual([
      'completed',
      'skipped',
      'skipped',
      'running',
    ]);
  });

  it('lets runs overlap where it says so', async () => {
    await create({ every_ms: 1_000, overlap: 'allow' });

    await clock.advance(3_000);

    expect((await runs()).map(({ status }) => status)).toEqual(['running', 'running', 'running']);
    expect(await worker.poll('')).toHaveLength(3);
  });

  it.each(['pause', 'cancel'])('does not tick after the answer to %s', async (verb) => {
    await create({ every_ms: 1_000, overlap: 'allow' });
    await clock.advance(2_500);

    expect(await act(verb)).toMatchObject({ next_run: null });
    const before = await ticks();
    await clock.advance(10_000);

    expect(before).toHaveLength(2);
    expect(await ticks()).toEqual(before);
  });

  it('that is resumed drops the ticks in between, whatever it does with missed ones', async () => {
    await create({ schedule: '0 * * * *', missed: 'all', overlap: 'allow' });
    expect(await act('pause')).toMatchObject({ status: 'paused', next_run: null });
    expect(await act('pause')).toMatchObject({ status: 'paused' });
    clock.leap(5.5 * hourMs);

    expect(await act('resume')).toMatchObject({ status: 'pending', next_run: '2026-01-01T06:00:00.000Z' });
    expect(await act('resume')).toMatchObject({ status: 'pending', next_run: '2026-01-01T06:00:00.000Z' });
    await leapTo('2026-01-01T06:00:00Z');

    expect(await ticks()).toEqual(['2026-01-01T06:00']);
  });

  it('of one time whose time passed while it was paused has failed', async () => {
    await create({ schedule: '2026-01-01T01:00:00Z' });
    await act('pause');
    clock.leap(2 * hourMs);

    expect(await act('resume')).toMatchObject({ status: 'failed', next_run: null });
    expect(await ticks()).toEqual(['2026-01-01T01:00']);
  });

  it('of one time that is paused while it runs ends with its run', async () => {
    await create({ schedule: '2026-01-01T01:00:00Z' });
    await leapTo('2026-01-01T01:00:00Z');
    await act('pause');
    expect(await act('resume')).toMatchObject({ status: 'pending', next_run: null });
    await act('pause');
    await worker.take();
    await worker.reply('job:2026-01-01T01:00:00.000Z', { result: 1 });

    expect(await read()).toMatchObject({ status: 'completed' });
  });

  it('whose tick was run by hand under the same id runs it once', async () => {
    await create({ every_ms: 60_000 });
    await service.post(`${jobs}/job/runs`, { id: 'job:2026-01-01T00:01:00.000Z' });
    await workThrough(125);

    expect((await runs()).map(({ id }) => id)).toEqual([
      'job:2026-01-01T00:01:00.000Z',
      'job:2026-01-01T00:02:00.000Z',
    ]);
  });
});

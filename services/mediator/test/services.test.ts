import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { actAs, type ActingColleague } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

interface ServiceJson {
  readonly id: string;
  readonly status: string;
  readonly health: string;
  readonly order?: readonly string[];
}

const path = '/mediators/ops/services';

describeOnEveryDatabase('services', (_, underTest) => {
  let service: MediatorForTest;
  let env: Readonly<Record<string, string>>;
  let keeper: ActingColleague;

  beforeEach(async () => {
    env = { DATABASE_URL: await underTest.createUrl(), RETRY_COUNT: '1' };
    service = await hostMediator(env);
    await service.begin({ name: 'ops', kind: 'service' }, 'keeper');
    keeper = actAs(service, 'ops', 'keeper');
  });
  afterEach(() => service.stop());

  const register = (name: string, settings: object = {}) => service.post(path, { name, ...settings });
  /** `web` needs `api`, which needs `db`. */
  async function registerThree(settings: object = {}) {
    await register('db', settings);
    await register('api', { dependencies: ['db'], ...settings });
    await register('web', { dependencies: ['api'], ...settings });
  }
  const find = async (id: string) => (await service.get(`${path}/${id}`)).body as ServiceJson;
  const statuses = async () => {
    const { services } = (await service.get(path)).body as { services: readonly ServiceJson[] };
    return Object.fromEntries(services.map(({ id, status }) => [id, status]));
  };
  const operate = (id: string, verb: string) => service.post(`${path}/${id}/${verb}`);

  it('are registered once, as the seed describes them, shown and changed', async () => {
    await register('db');
    const registered = await register('auth', { type: 'auth', status: 'running', dependencies: ['db'] });
    const again = await register('auth', {
      type: 'auth',
      status: 'running',
      dependencies: ['db'],
      health: 'x',
    });

    expect(registered).toMatchObject({ status: 201, headers: { location: `/api/v1${path}/auth` } });
    expect(registered.body).toEqual({
      id: 'auth',
      name: 'auth',
      type: 'auth',
      status: 'running',
      health: 'unknown',
      metrics: null,
      dependencies: ['db'],
      dependents: [],
      handler_id: null,
      heartbeat_timeout_ms: 30_000,
      start_time: expect.any(String) as string,
      stop_time: null,
      last_heartbeat: null,
      error: null,
    });
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(expectProblem(await register('auth'), 409).code).toBe('already-exists');
    expect(await find('db')).toMatchObject({ dependents: ['auth'] });
    const changed = await service.patch(`${path}/auth`, { dependencies: [], metrics: { load: 1 } });
    expect(changed.body).toMatchObject({ dependencies: [], metrics: { load: 1 }, status: 'running' });
    expect((await service.get(`${path}?status=running`)).body).toMatchObject({ services: [{ id: 'auth' }] });
  });

  it('may depend on nothing that is unknown, and not on themselves', async () => {
    await registerThree();

    const unknown = await register('x', { dependencies: ['nobody'] });
    const cyclic = await service.patch(`${path}/db`, { dependencies: ['web'] });

    expect(expectProblem(unknown, 400).detail).toContain('nobody, which is not registered');
    expect(expectProblem(cyclic, 400).detail).toContain('db → web → api → db');
    expectProblem(await register('x', { dependencies: ['x'] }), 400);
  });

  it('are removed only when no other depends on them', async () => {
    await registerThree();

    expect(expectProblem(await service.delete(`${path}/db`), 409).code).toBe('illegal-transition');
    expect(await service.delete(`${path}/web`)).toMatchObject({ status: 204 });
    expect(expectProblem(await service.get(`${path}/web`), 404).code).toBe('not-found');
  });

  it('start after what they depend on and stop after what depends on them', async () => {
    await registerThree();

    const started = await operate('web', 'start');
    expect(started).toMatchObject({ status: 200, body: { status: 'running', order: ['db', 'api', 'web'] } });
    expect(await statuses()).toEqual({ db: 'running', api: 'running', web: 'running' });
    expect((await operate('web', 'start')).body).toMatchObject({ order: [] });
    const stopped = await operate('db', 'stop');
    expect(stopped.body).toMatchObject({ status: 'stopped', order: ['web', 'api', 'db'] });
    expect(await statuses()).toEqual({ db: 'stopped', api: 'stopped', web: 'stopped' });
  });

  it('are started by their handler one after another, also by another instance after a stop', async () => {
    await registerThree({ handler_id: 'keeper' });

    expect((await operate('web', 'start')).body).toMatchObject({
      status: 'stopped',
      order: ['db', 'api', 'web'],
    });
    const first = await keeper.take();
    expect(first).toMatchObject({
      id: 'db:start:1',
      kind: 'command',
      type: 'start',
      data: { service_id: 'db' },
    });
    expect(await statuses()).toEqual({ db: 'starting', api: 'stopped', web: 'stopped' });

    await service.stop();
    service = await hostMediator(env);
    keeper = actAs(service, 'ops', 'keeper');
    await keeper.reply('db:start:1', { result: 'up' });
    for (const id of ['api:start:2', 'web:start:3']) {
      expect(await keeper.take()).toMatchObject({ id });
      await keeper.reply(id, { result: null });
    }
    expect(await statuses()).toEqual({ db: 'running', api: 'running', web: 'running' });
    expect(await keeper.poll('wait_ms=0')).toEqual([]);
  });

  it('that cannot be started stop the rest, and may be started once more', async () => {
    await registerThree({ handler_id: 'keeper' });
    await operate('web', 'start');
    await keeper.take();
    await keeper.reply('db:start:1', { error: { code: 'no-disk', message: 'the disk is full' } });

    expect(await statuses()).toEqual({ db: 'failed', api: 'stopped', web: 'stopped' });
    expect(await find('db')).toMatchObject({ error: { code: 'no-disk' } });
    expect(await keeper.poll('wait_ms=0')).toEqual([]);

    await operate('db', 'start');
    expect(await keeper.take()).toMatchObject({ id: 'db:start:2' });
    await keeper.reply('db:start:2', { result: null });
    expect(await find('db')).toMatchObject({ status: 'running', error: null });
    expect(await statuses()).toMatchObject({ api: 'stopped', web: 'stopped' });
  });

  it('fail when the colleague that handles them is not there', async () => {
    await register('db', { handler_id: 'nobody' });

    expect((await operate('db', 'start')).body).toMatchObject({
      status: 'failed',
      order: ['db'],
      error: { code: 'no-handler' },
    });
  });

  it('are not stopped while they start', async () => {
    await register('db', { handler_id: 'keeper' });
    await operate('db', 'start');

    expect(expectProblem(await operate('db', 'stop'), 409).detail).toContain('db is starting');
    expect((await operate('db', 'start')).body).toMatchObject({ status: 'starting', order: [] });
  });

  it('wait for one another: two that need the same start it once', async () => {
    await register('db', { handler_id: 'keeper' });
    await register('api', { dependencies: ['db'] });
    await register('web', { dependencies: ['db'] });

    await Promise.all([operate('api', 'start'), operate('web', 'start')]);
    await keeper.take();
    expect(await keeper.poll('wait_ms=0')).toEqual([]);
    await keeper.reply('db:start:1', { result: null });

    expect(await statuses()).toEqual({ db: 'running', api: 'running', web: 'running' });
  });

  it('are started like any other when another one of their id was removed', async () => {
    await register('db', { handler_id: 'keeper' });
    await operate('db', 'start');
    const before = await keeper.take();
    await keeper.reply(before.id, { result: null });
    await service.delete(`${path}/db`);
    await register('db', { handler_id: 'keeper' });

    expect(await operate('db', 'start')).toMatchObject({ status: 200, body: { status: 'starting' } });
    const command = await keeper.take();
    expect(command.id).not.toBe(before.id);
    await keeper.reply(command.id, { result: null });
    expect(await find('db')).toMatchObject({ status: 'running' });
  });

  it('are healthy while they are heard of, and unhealthy after a silence', async () => {
    await register('db', { heartbeat_timeout_ms: 1_000 });

    const beat = await service.post(`${path}/db/heartbeat`, { metrics: { load: 0.5 } });
    expect(beat).toMatchObject({ status: 200, body: { health: 'healthy', metrics: { load: 0.5 } } });
    await eventually(async () => {
      expect(await find('db')).toMatchObject({ health: 'unhealthy', status: 'stopped' });
    });
    expect((await service.post(`${path}/db/heartbeat`)).body).toMatchObject({
      health: 'healthy',
      metrics: { load: 0.5 },
    });
    expect(expectProblem(await service.post(`${path}/nobody/heartbeat`), 404).code).toBe('not-found');
  });

  it('are registered by a message to their mediator, too, which names their handler', async () => {
    const message = { name: 'auth', type: 'auth', status: 'running' };

    expect(await keeper.send({ recipient_id: 'keeper', message })).toMatchObject({
      status: 200,
      body: { id: 'auth', status: 'running', handler_id: 'keeper' },
    });
  });

  it('are gone with their mediator', async () => {
    await register('db', { handler_id: 'keeper' });
    await operate('db', 'start');
    await service.delete('/mediators/ops');
    await service.begin({ name: 'ops', kind: 'service' });

    expect((await service.get(path)).body).toEqual({ services: [], next_cursor: null });
  });
});

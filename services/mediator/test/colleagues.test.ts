import { expectProblem } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('colleagues', () => {
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator();
    await service.begin({ name: 'orders', kind: 'command' });
  });
  afterEach(() => service.stop());

  const at = '/mediators/orders/colleagues';
  const shown = async (id: string) => (await service.get(`${at}/${id}`)).body;

  it('are registered with the shape of the seed, and shown with their mediator in the order of registration', async () => {
    const answer = await service.post(at, { id: 'user', name: 'user-service', type: 'service' });
    await service.post(`${at}/`, { id: 'billing', name: 'billing' });

    expect(answer).toMatchObject({
      status: 201,
      headers: { location: `/api/v1${at}/user` },
      body: { message: 'Colleague registered successfully', id: 'user' },
    });
    expect((await service.get('/mediators/orders')).body).toMatchObject({
      name: 'orders',
      colleagues: [
        { id: 'user', name: 'user-service', type: 'service', active: true },
        { id: 'billing', name: 'billing', type: 'service', active: true },
      ],
      count: 2,
    });
  });

  it('are shown with all that was said of them but their secret', async () => {
    const endpoint = 'http://127.0.0.1:9/hook';
    const body = { id: 'a', name: 'first', type: 'worker', handles: ['pay', 'pay'], endpoint, secret };
    await service.post(at, { ...body, handshake: 'required', concurrency: 3 });

    const answer = await service.get(`${at}/a`);

    expect(answer.body).toEqual({
      id: 'a',
      name: 'first',
      type: 'worker',
      active: true,
      last_activity: expect.any(String) as string,
      handles: ['pay'],
      endpoint,
      concurrency: 3,
      waiting: 0,
      dead: 0,
    });
    await service.post(at, { id: 'b', name: 'b' });
    expect(await shown('b')).toMatchObject({ type: 'service', handles: [], endpoint: null, concurrency: 16 });
    for (const path of [at, '/mediators/orders']) {
      expect(JSON.stringify((await service.get(path)).body)).not.toContain('whsec_');
    }
    expect(JSON.stringify(await service.announced())).not.toContain('whsec_');
  });

  it('are registered again by the same request, which does nothing, and not by another', async () => {
    const body = { id: 'a', name: 'a', handles: ['pay'] };
    await service.post(at, body);

    const again = await service.post(at, { ...body, type: 'service' });
    const other = await service.post(at, { ...body, name: 'b' });

    expect(again).toMatchObject({
      status: 200,
      headers: { 'idempotency-replayed': 'true' },
      body: { message: 'Colleague registered successfully', id: 'a' },
    });
    expect(expectProblem(other, 409).code).toBe('already-exists');
    expect(await shown('a')).toMatchObject({ name: 'a' });
    expect((await service.announced()).filter(({ type }) => type.includes('registered'))).toHaveLength(1);
  });

  it('are listed in the order of registration, page by page', async () => {
    for (const id of ['c', 'a', 'b']) await service.post(at, { id, name: id });

    const first = await service.get(`${at}?limit=2`);
    const { next_cursor: cursor } = first.body as { next_cursor: string };
    const second = await service.get(`${at}?limit=2&cursor=${cursor}`);

    expect(first.body).toMatchObject({ colleagues: [{ id: 'c' }, { id: 'a' }] });
    expect(second.body).toMatchObject({ colleagues: [{ id: 'b' }], next_cursor: null });
    expect((await service.get(`${at}?order=desc`)).body).toMatchObject({
      colleagues: [{ id: 'b' }, { id: 'a' }, { id: 'c' }],
    });
  });

  it('change in whatever was sent and in nothing else', async () => {
    await service.post(at, { id: 'a', name: 'a', handles: ['pay'], endpoint: 'http://127.0.0.1:9/', secret });

    const answer = await service.patch(`${at}/a`, { name: 'renamed', endpoint: null });

    expect(answer).toMatchObject({
      status: 200,
      body: { id: 'a', name: 'renamed', type: 'service', handles: ['pay'], endpoint: null },
    });
    expect(await shown('a')).toEqual(answer.body);
  });

  it('may be sent as they are shown, but for their id', async () => {
    await service.post(at, { id: 'a', name: 'a' });
    const { id, ...rest } = (await shown('a')) as { id: string };

    expect((await service.patch(`${at}/a`, { ...rest, concurrency: 2 })).body).toMatchObject({
      id,
      concurrency: 2,
    });
    expect((await service.post(at, { ...rest, id: 'copy' })).status).toBe(201);
    expect(expectProblem(await service.patch(`${at}/a`, { id }), 400).errors).toMatchObject([
      { field: 'id' },
    ]);
  });

  it('are unregistered, and their ids and types are free', async () => {
    await service.post(at, { id: 'a', name: 'a', handles: ['pay'] });

    const answer = await service.delete(`${at}/a`);

    expect(answer).toMatchObject({ status: 200, body: { message: 'Colleague unregistered successfully' } });
    expect(expectProblem(await service.delete(`${at}/a`), 404).code).toBe('colleague-not-found');
    expect((await service.post(at, { id: 'a', name: 'other', handles: ['pay'] })).status).toBe(201);
    const told = (await service.announced()).map(({ type, data }) => [type, data['colleague_id']]);
    expect(told.slice(1)).toEqual([
      ['com.fanfare.colleague.registered.v1', 'a'],
      ['com.fanfare.colleague.unregistered.v1', 'a'],
      ['com.fanfare.colleague.registered.v1', 'a'],
    ]);
  });

  it('have each type for themselves, also after a change', async () => {
    await service.post(at, { id: 'a', name: 'a', handles: ['pay', 'refund'] });

    const second = await service.post(at, { id: 'b', name: 'b', handles: ['ship', 'refund'] });
    await service.post(at, { id: 'b', name: 'b', handles: ['ship'] });
    const changed = await service.patch(`${at}/b`, { handles: ['pay'] });

    expect(expectProblem(second, 409).code).toBe('handler-exists');
    expect(expectProblem(changed, 409).code).toBe('handler-exists');
    expect(await shown('b')).toMatchObject({ handles: ['ship'] });
    expect((await service.patch(`${at}/a`, { handles: ['refund'] })).status).toBe(200);
    expect((await service.patch(`${at}/b`, { handles: ['pay'] })).status).toBe(200);
  });

  it.each(['event', 'query'])('share types in mediators of kind %s', async (kind) => {
    await service.begin(
      { name: 'shared', kind },
      { id: 'a', name: 'a', handles: ['user_created'] },
      { id: 'b', name: 'b', handles: ['user_created'] },
    );

    expect((await service.get('/mediators/shared')).body).toMatchObject({ count: 2 });
  });

  it('handle patterns of types in event mediators only', async () => {
    await service.begin({ name: 'events', kind: 'event' }, { id: 'a', name: 'a', handles: ['*', 'user.*'] });

    const refused = await service.post(at, { id: 'a', name: 'a', handles: ['pay', 'user.*'] });

    expect(expectProblem(refused, 400).errors).toMatchObject([{ field: 'handles[1]' }]);
    expect(expectProblem(await service.patch(`${at}/a`, {}), 404).code).toBe('colleague-not-found');
  });

  it.each([
    ['get', ''],
    ['patch', ''],
    ['delete', ''],
    ['post', '/heartbeat'],
  ] as const)('that are not there are said not to be there: %s …/none%s', async (method, verb) => {
    const body = method === 'patch' ? { active: true } : undefined;
    const path = `/api/v1${at}/none${verb}`;
    const answer = await service.request(path, { method: method.toUpperCase(), body });

    expect(expectProblem(answer, 404).code).toBe('colleague-not-found');
  });

  it('may have a private endpoint where that is allowed, and else none', async () => {
    await using closed = await hostMediator({ WEBHOOK_ALLOW_PRIVATE: 'false' });
    await closed.begin({ name: 'orders' }, 'kept');

    const hosts = ['127.0.0.1', '10.0.0.1', '[::1]', 'localhost', '169.254.169.254', '0x7f.1'];
    for (const [index, host] of hosts.entries()) {
      const body = { id: `a-${index}`, name: 'a', endpoint: `http://${host}:9/hook` };
      expect((await service.post(at, body)).status).toBe(201);
      expect(expectProblem(await closed.post(at, body), 400).errors).toMatchObject([{ field: 'endpoint' }]);
      const changed = await closed.patch(`${at}/kept`, { endpoint: body.endpoint });
      expect(expectProblem(changed, 400).errors).toMatchObject([{ field: 'endpoint' }]);
    }
  });
});

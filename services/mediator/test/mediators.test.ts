import { createVirtualClock } from '@fanfare/core';
import { expectProblem } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

describe('mediators', () => {
  const clock = createVirtualClock();
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator({}, { clock });
  });
  afterEach(() => service.stop());

  const names = async (query = '') => (await service.get(`/mediators${query}`)).body;

  it('are created with the shape of the seed, with and without a last slash', async () => {
    const first = await service.post('/mediators/', { name: 'orders' });
    const second = await service.post('/mediators', { name: 'users', kind: 'event' });

    expect(first).toMatchObject({
      status: 201,
      headers: { location: '/api/v1/mediators/orders' },
      body: { message: 'Mediator created successfully', mediator: 'orders' },
    });
    expect(second.status).toBe(201);
    for (const slash of ['', '/']) {
      expect(await names(slash)).toEqual({ mediators: ['orders', 'users'], next_cursor: null });
      expect((await service.get(`/mediators/users${slash}`)).body).toMatchObject({ kind: 'event' });
    }
  });

  it('are shown with all that was said of them', async () => {
    const metadata = { team: 'sales', nested: { list: [1, null, 'ü'] } };
    await service.post('/mediators', { name: 'orders', kind: 'task', description: 'work', metadata });

    const at = clock.now().toISOString();
    expect(await service.get('/mediators/orders')).toMatchObject({
      status: 200,
      body: {
        name: 'orders',
        kind: 'task',
        description: 'work',
        metadata,
        colleagues: [],
        count: 0,
        created_at: at,
        updated_at: at,
      },
    });
  });

  it('are never created a second time under one name, whatever else is said, and case counts', async () => {
    await service.begin({ name: 'orders' });

    for (const kind of ['message', 'event']) {
      const answer = await service.post('/mediators', { name: 'orders', kind });
      expect(expectProblem(answer, 409).code).toBe('already-exists');
    }
    expect((await service.post('/mediators', { name: 'Orders' })).status).toBe(201);
    expect((await service.get('/mediators/orders')).body).toMatchObject({ kind: 'message' });
  });

  it('are listed in the order of their names, page by page, also backwards and of one kind', async () => {
    for (const name of ['b', 'a', 'C', 'a-1', 'd']) {
      await service.begin({ name, kind: name === 'C' ? 'job' : 'message' });
    }

    expect(await walkNames('/mediators?limit=2')).toEqual([['C', 'a'], ['a-1', 'b'], ['d']]);
    expect(await walkNames('/mediators?limit=3&order=desc')).toEqual([
      ['d', 'b', 'a-1'],
      ['a', 'C'],
    ]);
    expect(await names('?kind=job')).toEqual({ mediators: ['C'], next_cursor: null });
  });

  it('may be sent as they are shown: what only the answer has is ignored', async () => {
    await service.begin({ name: 'orders' });
    const { body: shown } = await service.get('/mediators/orders');

    const answer = await service.post('/mediators', { ...(shown as object), name: 'copy' });

    expect(answer.status).toBe(201);
  });

  it('change their description and metadata, and are announced once for each change', async () => {
    await service.begin({ name: 'orders', description: 'old', metadata: { a: 1 } });
    await clock.advance(1_000);

    const changed = await service.patch('/mediators/orders', { description: 'new' });
    await service.patch('/mediators/orders', { description: 'new' });
    await service.patch('/mediators/orders', { description: null, metadata: { b: 2 } });
    await service.patch('/mediators/orders', { count: 9 });

    expect(changed).toMatchObject({
      status: 200,
      body: { message: 'Mediator updated successfully', mediator: 'orders' },
    });
    expect((await service.get('/mediators/orders')).body).toMatchObject({
      description: null,
      metadata: { b: 2 },
      updated_at: clock.now().toISOString(),
    });
    expect(await announced()).toEqual([
      ['created', { mediator: 'orders', kind: 'message', description: 'old', metadata: { a: 1 } }],
      ['updated', { mediator: 'orders', description: 'new', metadata: { a: 1 } }],
      ['updated', { mediator: 'orders', metadata: { b: 2 } }],
    ]);
  });

  it('are removed with their colleagues; the name is free at once, and whoever takes it is alone', async () => {
    await service.begin({ name: 'orders', kind: 'command' }, 'user', 'billing');

    const removed = await service.delete('/mediators/orders');

    expect(removed).toMatchObject({ status: 200, body: { message: 'Mediator removed successfully' } });
    expect(expectProblem(await service.get('/mediators/orders'), 404).code).toBe('mediator-not-found');
    expect(expectProblem(await service.delete('/mediators/orders'), 404).code).toBe('mediator-not-found');
    await service.begin({ name: 'orders' });
    expect((await service.get('/mediators/orders')).body).toMatchObject({ kind: 'message', count: 0 });
    expect(await announced()).toEqual([
      ['created', { mediator: 'orders', kind: 'command' }],
      ['deleted', { mediator: 'orders' }],
      ['created', { mediator: 'orders', kind: 'message' }],
    ]);
  });

  it('never mix, also when their colleagues have the same ids', async () => {
    await service.begin({ name: 'orders' }, { id: 'user', name: 'of-orders', handles: ['pay'] });
    await service.begin({ name: 'users' }, { id: 'user', name: 'of-users', handles: ['pay'] });

    await service.patch('/mediators/users/colleagues/user', { active: false });
    await service.delete('/mediators/users');

    expect((await service.get('/mediators/orders/colleagues/user')).body).toMatchObject({
      name: 'of-orders',
      active: true,
    });
  });

  it.each([
    ['get', '/mediators/none'],
    ['patch', '/mediators/none'],
    ['delete', '/mediators/none'],
    ['get', '/mediators/none/colleagues'],
    ['get', '/mediators/none/colleagues/a'],
    ['post', '/mediators/none/colleagues'],
    ['patch', '/mediators/none/colleagues/a'],
    ['delete', '/mediators/none/colleagues/a'],
    ['post', '/mediators/none/colleagues/a/heartbeat'],
  ] as const)('that are not there are said not to be there: %s %s', async (method, path) => {
    const body = method === 'post' ? { id: 'a', name: 'a' } : {};
    const noBody = method === 'get' || method === 'delete' || path.endsWith('heartbeat');

    const answer = noBody
      ? await service.request(`/api/v1${path}`, { method: method.toUpperCase() })
      : await service[method](path, body);

    expect(expectProblem(answer, 404).code).toBe('mediator-not-found');
  });

  async function walkNames(path: string): Promise<string[][]> {
    const pages = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await service.get(cursor === '' ? path : `${path}&cursor=${cursor}`);
      const page = body as { mediators: string[]; next_cursor: string | null };
      pages.push(page.mediators);
      cursor = page.next_cursor;
    }
    return pages;
  }

  async function announced(): Promise<(readonly [string, unknown])[]> {
    const events = (await service.announced()).filter(({ type }) => type.includes('.mediator.'));
    return events.map(({ type, data }) => [type.replace(/.*\.mediator\.|\.v1$/g, ''), data]);
  }
});

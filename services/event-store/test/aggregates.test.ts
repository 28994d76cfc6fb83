import { expectProblem } from '@fanfare/service-kit/testing';
import { hostEventStore, type EventStoreForTest } from './host-event-store';

const john = { email: 'john@example.com', first_name: 'John', last_name: 'Doe', role: 'user' };

describe('aggregates over HTTP', () => {
  let store: EventStoreForTest;
  let count = 0;
  const newId = () => `aggregate-${(count += 1)}`;

  beforeAll(async () => {
    store = await hostEventStore();
  });

  afterAll(() => store.stop());

  async function create(type = 'user', initialState: unknown = john): Promise<string> {
    const id = newId();
    const created = await store.post('/aggregates/', { type, id, initial_state: initialState });
    expect(created.status).toBe(201);
    return id;
  }

  const put = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    store.request(`/api/v1/aggregates/${id}`, { method: 'PUT', body, headers });

  it('keeps the initial state in an event of version 0 and answers with its place', async () => {
    const id = newId();

    const created = await store.post('/aggregates/', { type: 'user', id, initial_state: john });

    expect(created).toMatchObject({
      status: 201,
      body: { message: 'Aggregate created successfully', aggregate: id },
      headers: { location: `/api/v1/aggregates/${id}`, etag: '"0"' },
    });
    const read = await store.get(`/aggregates/${id}`);
    expect(read).toMatchObject({ status: 200, headers: { etag: '"0"' } });
    const time: unknown = expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/);
    expect(read.body).toEqual({
      id,
      type: 'user',
      version: 0,
      active: true,
      metadata: {},
      state: { ...john, status: 'active' },
      created_at: time,
      updated_at: time,
    });
    expect((await store.get(`/events/aggregate/${id}`)).body).toMatchObject({
      events: [{ type: 'user.created', aggregate_id: id, aggregate_type: 'user', version: 0, data: john }],
    });
  });

  it.each([
    ['user', john],
    ['order', { user_id: 'u-1', total_amount: 5, notes: { gift: true } }],
    ['payment', { order_id: 'o-1', amount: 5, gateway: 'g' }],
    ['custom', { anything: [1, { at: null }], level: 3 }],
  ])('drops nothing of the initial state of a %s', async (type, initialState) => {
    const id = await create(type, initialState);

    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({ type, state: initialState });
  });

  it('refuses to create one where there are events, of whatever type', async () => {
    const id = await create();

    for (const type of ['user', 'custom']) {
      const again = await store.post('/aggregates', { type, id, initial_state: {} });
      expect(expectProblem(again, 409).code).toBe('already-exists');
    }
    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({ version: 0, state: john });
  });

  it.each([
    [{ type: 'invoice', id: 'i-1' }, 'type'],
    [{ type: 'user', id: 'a/b' }, 'id'],
    [{ type: 'user', id: 'latest' }, 'id'],
    [{ type: 'user' }, 'id'],
    [{ type: 'user', id: 'u-1', initial_state: [] }, 'initial_state'],
    [{ type: 'user', id: 'u-1', initial_state: { email: 7 } }, 'initial_state.email'],
    [{ type: 'user', id: 'u-1', other: 1 }, 'other'],
  ])('refuses to create %j because of %s', async (body, field) => {
    const problem = expectProblem(await store.post('/aggregates', body), 400);

    expect(problem).toMatchObject({ code: 'invalid', errors: [{ field }] });
  });

  it('takes only the types that it was set to take', async () => {
    await using strict = await hostEventStore({ SUPPORTED_AGGREGATE_TYPES: 'order,user' });

    const refused = await strict.post('/aggregates', { type: 'payment', id: 'p-1', initial_state: {} });

    expect(expectProblem(refused, 400).errors).toEqual([
      { field: 'type', message: 'must be one of user, order' },
    ]);
    expect((await strict.post('/aggregates', { type: 'user', id: 'u-1' })).status).toBe(201);
  });

  it('begins no more aggregates than it was set to', async () => {
    await using small = await hostEventStore({ MAX_AGGREGATES: '1' });
    await small.post('/aggregates', { type: 'user', id: 'u-1' });

    const refused = await small.post('/aggregates', { type: 'user', id: 'u-2' });

    expect(expectProblem(refused, 409)).toMatchObject({ code: 'limit-reached', limit: 'MAX_AGGREGATES' });
    const again = await small.post('/aggregates', { type: 'user', id: 'u-1' });
    expect(expectProblem(again, 409).code).toBe('already-exists');
  });

  it('changes an aggregate by a merge patch, in one event', async () => {
    const id = await create('custom', { name: 'a', tags: { x: 1, y: 2 } });

    const saved = await put(id, { changes: { name: 'b', tags: { x: null } }, expected_version: 0 });

    expect(saved).toMatchObject({
      status: 200,
      body: { message: 'Aggregate saved successfully', version: 1 },
      headers: { etag: '"1"' },
    });
    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({
      version: 1,
      state: { name: 'b', tags: { y: 2 } },
    });
    expect((await store.get(`/events/aggregate/${id}?from_version=1`)).body).toMatchObject({
      events: [{ type: 'custom.updated', version: 1 }],
    });
  });

  it('appends nothing by being loaded, and one event by being saved', async () => {
    const id = await create();
    for (let reads = 0; reads < 3; reads += 1) await store.get(`/aggregates/${id}`);
    await put(id, { changes: { role: 'admin' } });

    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({ version: 1 });
    const { body } = await store.get(`/events/aggregate/${id}`);
    expect(body).toMatchObject({ events: [{ version: 0 }, { version: 1 }], next_cursor: null });
  });

  it('refuses a change of another version than expected, and tells what was missed', async () => {
    const id = await create();
    await put(id, { changes: { role: 'admin' } });

    const refused = await put(id, { changes: { role: 'owner' }, expected_version: 0 });

    const { body } = await store.get(`/events/aggregate/${id}?from_version=1`);
    const [missed] = (body as { events: { id: string }[] }).events;
    expect(expectProblem(refused, 409)).toMatchObject({
      code: 'version-conflict',
      current_version: 1,
      expected_version: 0,
      events_since: [missed?.id],
    });
  });

  it('changes an aggregate with If-Match only when its entity tag is the current one', async () => {
    const id = await create();
    const { etag = '' } = (await store.get(`/aggregates/${id}`)).headers;
    const change = { changes: { role: 'admin' } };

    expect((await put(id, change, { 'if-match': etag })).status).toBe(200);
    const refused = await put(id, change, { 'if-match': etag });

    expectProblem(refused, 412);
    expect(refused.headers['etag']).toBe('"1"');
    expect((await put(id, change, { 'if-match': '*' })).status).toBe(200);
  });

  it('lets one of many changes to the same version through', async () => {
    const id = await create();
    const change = (n: number) => ({ changes: { role: `r-${n}` } });
    const changes = Array.from({ length: 20 }, (_, n) =>
      n % 2 === 0
        ? put(id, { ...change(n), expected_version: 0 })
        : put(id, change(n), { 'if-match': '"0"' }),
    );

    const statuses = (await Promise.all(changes)).map(({ status }) => status);

    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409 || status === 412)).toHaveLength(19);
    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({ version: 1 });
  });

  it('keeps every one of many changes that expect nothing', async () => {
    const id = await create('custom', {});

    await Promise.all(Array.from({ length: 20 }, (_, n) => put(id, { changes: { [`key-${n}`]: n } })));

    const { body } = await store.get(`/aggregates/${id}`);
    expect(body).toMatchObject({ version: 20 });
    expect(Object.keys((body as { state: object }).state)).toHaveLength(20);
  });

  it.each([
    [{ changes: {}, expected_version: -1 }, 'expected_version'],
    [{ changes: {}, expected_version: 0.5 }, 'expected_version'],
    [{ expected_version: 0 }, 'changes'],
    [{ changes: 'x' }, 'changes'],
  ])('refuses the change %j because of %s', async (body, field) => {
    const id = await create();

    expect(expectProblem(await put(id, body), 400).errors).toMatchObject([{ field }]);
  });

  it('knows nothing of an aggregate that has no events', async () => {
    expectProblem(await store.get('/aggregates/nobody'), 404);
    expectProblem(await put('nobody', { changes: {} }), 404);
  });

  it('is inactive once it is deleted, and its history can still be read', async () => {
    const id = await create();
    const data = { user_id: id, deleted_by: 'admin', reason: 'asked for it' };
    const event = { type: 'user_deleted', aggregate_id: id, aggregate_type: 'user', data };
    expect((await store.post('/events/publish', event)).status).toBe(200);

    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({ active: false, state: john });
    expect((await store.get(`/aggregates/${id}?version=0`)).body).toMatchObject({ active: true });
    expect((await store.get(`/events/aggregate/${id}`)).body).toMatchObject({
      events: [{ type: 'user.created' }, { type: 'user.deleted', data }],
    });
  });

  it('takes no event of another type of aggregate', async () => {
    const id = await create();

    const refused = await store.post('/events/publish', {
      type: 'order_created',
      aggregate_id: id,
      aggregate_type: 'order',
      data: {},
    });

    expectProblem(refused, 409);
    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({ type: 'user', version: 0 });
  });

  it('never changes a prototype', async () => {
    const body = '{"changes":{"__proto__":{"admin":true}}}';

    const refused = await put(await create('custom', {}), body);

    expectProblem(refused, 400);
    expect({}).not.toHaveProperty('admin');
  });
});

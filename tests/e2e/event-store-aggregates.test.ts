import { ask, api, get, post, readEvents } from './support/event-store';
import { send } from './support/http';
import { uniqueId } from './support/orders';
import { expectProblem } from './support/problem';

/** Creates a user and returns its id. */
async function createUser(
  initial_state: object = { email: 'ann@example.com', role: 'user' },
): Promise<string> {
  const id = uniqueId('user');
  expect(await post('/aggregates', { type: 'user', id, initial_state }, 201)).toMatchObject({
    message: 'Aggregate created successfully',
    aggregate: id,
  });
  return id;
}

async function save(id: string, body: object, headers?: Readonly<Record<string, string>>) {
  return (await ask('PUT', `/aggregates/${id}`, 200, { body, ...(headers && { headers }) })).body;
}

describe('aggregates', () => {
  it('are what their events make of them, at any version and time', async () => {
    const id = await createUser();
    const [created] = await readEvents(`/events/aggregate/${id}`);

    expect(await save(id, { changes: { role: 'admin' }, expected_version: 0 })).toEqual({
      message: 'Aggregate saved successfully',
      version: 1,
    });
    await save(id, { changes: { email: null, name: 'Ann' } }, { 'if-match': '"1"' });

    const { headers, body } = await ask('GET', `/aggregates/${id}`, 200);
    expect(headers.get('etag')).toBe('"2"');
    expect(body).toMatchObject({ id, type: 'user', version: 2, active: true });
    expect(body).toMatchObject({ state: { role: 'admin', name: 'Ann', status: 'active' } });
    const before = { version: 0, state: { email: 'ann@example.com', role: 'user' } };
    expect(await get(`/aggregates/${id}?version=0`)).toMatchObject(before);
    expect(await get(`/aggregates/${id}?at=${created?.recorded_at ?? ''}`)).toMatchObject(before);
    const events = await readEvents(`/events/aggregate/${id}`);
    expect(events.map(({ type }) => type)).toEqual(['user.created', 'user.updated', 'user.updated']);
  });

  it('are created once, and saved by whom knows their newest version', async () => {
    const id = await createUser();
    const put = (body: object, headers?: Readonly<Record<string, string>>) =>
      send(`${api}/aggregates/${id}`, { method: 'PUT', body, ...(headers && { headers }) });

    const again = await send(`${api}/aggregates`, { method: 'POST', body: { type: 'user', id } });
    expect(expectProblem(again, 409).code).toBe('already-exists');
    const stale = expectProblem(await put({ changes: {}, expected_version: 7 }), 409);
    expect(stale).toMatchObject({ code: 'version-conflict', current_version: 0, expected_version: 7 });
    expectProblem(await put({ changes: {} }, { 'if-match': '"7"' }), 412);
    expectProblem(await put({ nothing: 1 }), 400);
    expectProblem(await send(`${api}/aggregates/${uniqueId('nobody')}`), 404);
    const unknown = await send(`${api}/aggregates/`, { method: 'POST', body: { type: 'house', id: 'x' } });
    expectProblem(unknown, 400);
  });

  it('take the changes of many at once, each once', async () => {
    const id = await createUser();

    const changes = Array.from({ length: 20 }, (_, n) => save(id, { changes: { [`field${n}`]: n } }));
    await Promise.all(changes);

    const { state, version } = (await get(`/aggregates/${id}`)) as { state: object; version: number };
    expect(version).toBe(20);
    expect(state).toMatchObject(Object.fromEntries(changes.map((_, n) => [`field${n}`, n])));
  });
});

describe('snapshots', () => {
  it('hold an aggregate as it was at a version', async () => {
    const id = await createUser();
    await save(id, { changes: { role: 'admin' } });

    const first = await post('/snapshots', { aggregate_id: id, version: 0 }, 201);
    const second = await post('/snapshots', { aggregate_id: id }, 201);

    expect([first, second]).toMatchObject([
      { message: 'Snapshot created successfully', version: 0 },
      { message: 'Snapshot created successfully', version: 1 },
    ]);
    const newest = { aggregate_id: id, aggregate_type: 'user', version: 1, data: { role: 'admin' } };
    expect(await get(`/snapshots/${id}`)).toMatchObject(newest);
    expect(await get(`/snapshots/${id}/latest`)).toMatchObject(newest);
    expect(await get(`/snapshots/${id}?version=0`)).toMatchObject({ version: 0, data: { role: 'user' } });
    const { snapshots } = (await get('/snapshots?aggregate_type=user&order=desc')) as {
      snapshots: { aggregate_id: string }[];
    };
    expect(snapshots.map(({ aggregate_id }) => aggregate_id)).toContain(id);
  });

  it('are refused where they are not true', async () => {
    const id = await createUser();
    const post = (body: object) => send(`${api}/snapshots`, { method: 'POST', body });

    const untrue = await post({ aggregate_id: id, version: 0, data: { role: 'king' } });
    expect(expectProblem(untrue, 409).code).toBe('snapshot-mismatch');
    expectProblem(await post({ aggregate_id: id, version: 5 }), 409);
    expectProblem(await send(`${api}/snapshots/${id}/latest`), 404);
  });
});

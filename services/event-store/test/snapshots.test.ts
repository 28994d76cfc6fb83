import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { hostEventStore, type EventStoreForTest } from './host-event-store';

const listBody = z.object({
  snapshots: z.array(z.object({ id: z.string(), aggregate_id: z.string(), version: z.int() })),
  next_cursor: z.string().nullable(),
});

describe('snapshots over HTTP', () => {
  let store: EventStoreForTest;
  let count = 0;

  beforeAll(async () => {
    store = await hostEventStore({ SNAPSHOT_EVERY: '1000' });
  });

  afterAll(() => store.stop());

  const newId = () => `aggregate-${(count += 1)}`;

  async function counter(events: number, type = 'custom'): Promise<string> {
    const id = newId();
    await store.post('/aggregates', { type, id, initial_state: { status: 'v0' } });
    for (let version = 1; version < events; version += 1) await update(id, version);
    return id;
  }

  const update = (id: string, version: number) =>
    store.request(`/api/v1/aggregates/${id}`, {
      method: 'PUT',
      body: { changes: { status: `v${version}` }, expected_version: version - 1 },
    });

  const list = async (query: string) => listBody.parse((await store.get(`/snapshots${query}`)).body);

  it('hold what the events tell, whoever asks for them', async () => {
    const id = await counter(4);

    const taken = await store.post('/snapshots/', { aggregate_id: id, version: 2, data: { status: 'v2' } });

    expect(taken).toMatchObject({
      status: 201,
      body: { message: 'Snapshot created successfully', version: 2 },
      headers: { location: `/api/v1/snapshots/${id}?version=2` },
    });
    const time: unknown = expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/);
    expect((await store.get(`/snapshots/${id}`)).body).toEqual({
      id: (taken.body as { id: string }).id,
      aggregate_id: id,
      aggregate_type: 'custom',
      version: 2,
      data: { status: 'v2' },
      metadata: {},
      active: true,
      timestamp: time,
      created_at: time,
      updated_at: time,
    });
    expect((await store.get(`/aggregates/${id}`)).body).toMatchObject({
      version: 3,
      state: { status: 'v3' },
    });
  });

  it('are of the newest version when none is named, and the same when taken again', async () => {
    const id = await counter(3);

    const [first, second] = [
      await store.post('/snapshots', { aggregate_id: id }),
      await store.post('/snapshots', { aggregate_id: id, version: 2 }),
    ];

    expect(first).toMatchObject({ status: 201, body: { version: 2 } });
    expect(second).toMatchObject({ status: 201, body: first.body });
  });

  it('are refused when the data contradicts the events', async () => {
    const id = await counter(3);

    for (const data of [{ status: 'v1' }, { status: 'v2', more: 1 }]) {
      const refused = await store.post('/snapshots', { aggregate_id: id, version: 2, data });
      expect(expectProblem(refused, 409)).toMatchObject({ code: 'snapshot-mismatch', version: 2 });
    }
    const deep = `{"aggregate_id":"${id}","data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`;
    expectProblem(await store.post('/snapshots', deep), 400);
    expectProblem(await store.get(`/snapshots/${id}`), 404);
  });

  it('are refused of a version that is not there yet, and of an aggregate that is not there', async () => {
    const id = await counter(3);

    expect(expectProblem(await store.post('/snapshots', { aggregate_id: id, version: 3 }), 409).detail).toBe(
      `${id} is at version 2, there is no 3 yet`,
    );
    expectProblem(await store.post('/snapshots', { aggregate_id: 'nobody', version: 0 }), 404);
    expectProblem(await store.post('/snapshots', { aggregate_id: id, version: -1 }), 400);
    expectProblem(await store.post('/snapshots', {}), 400);
  });

  it('are found at or below a version', async () => {
    const id = await counter(6);
    for (const version of [1, 4]) await store.post('/snapshots', { aggregate_id: id, version });

    for (const [query, version] of [
      ['', 4],
      ['/latest', 4],
      ['?version=4', 4],
      ['?version=3', 1],
      ['?version=900', 4],
    ]) {
      expect((await store.get(`/snapshots/${id}${query}`)).body).toMatchObject({ version });
    }
    expectProblem(await store.get(`/snapshots/${id}?version=0`), 404);
    expectProblem(await store.get('/snapshots/nobody/latest'), 404);
  });

  it('are listed in pages, each once while more are taken, and by type of aggregate', async () => {
    const ids = [];
    for (let payment = 0; payment < 5; payment += 1) ids.push(await counter(1, 'payment'));
    const take = (id: string | undefined) => store.post('/snapshots', { aggregate_id: id });
    for (const id of ids.slice(0, 4)) await take(id);

    const first = await list('?aggregate_type=payment&limit=3');
    await take(ids[4]);
    const second = await list(`?aggregate_type=payment&limit=3&cursor=${first.next_cursor}`);

    const seen = [...first.snapshots, ...second.snapshots].map(({ aggregate_id: id }) => id);
    expect(seen).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    const newestFirst = await list('?aggregate_type=payment&order=desc&offset=1&limit=2');
    expect(newestFirst.snapshots.map(({ aggregate_id: id }) => id)).toEqual([ids[3], ids[2]]);
    expect((await list('?aggregate_type=nothing')).snapshots).toEqual([]);
    expectProblem(await store.get('/snapshots?type=payment'), 400);
  });

  it('take themselves after every so many events, and only the newest are kept', async () => {
    await using busy = await hostEventStore({ SNAPSHOT_EVERY: '5', MAX_SNAPSHOTS: '2' });
    const stream = { aggregate_id: 'a-1', aggregate_type: 'custom', expected_version: 'any' };
    const events = Array.from({ length: 23 }, (_, n) => ({ type: 'custom', data: { n } }));
    await busy.post('/events/append', { appends: [{ ...stream, events }] });

    await eventually(async () => {
      const { body } = await busy.get('/snapshots');
      expect(listBody.parse(body).snapshots.map(({ version }) => version)).toEqual([14, 19]);
    });
    expect((await busy.get('/aggregates/a-1')).body).toMatchObject({ version: 22, state: { n: 22 } });
    expect((await busy.get('/aggregates/a-1?version=7')).body).toMatchObject({ version: 7, state: { n: 7 } });
  });

  it('are removed when the service starts with a lower limit than they were taken with', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'snapshots-'));
    const file = (name: string) => `sqlite:${path.join(folder, name)}`;
    const stores = {
      DATABASE_URL: file('database.db'),
      EVENT_LOG_URL: file('log.db'),
      SNAPSHOT_EVERY: '1000',
    };
    const former = await hostEventStore(stores);
    await former.post('/aggregates', { type: 'custom', id: 'a-1', initial_state: {} });
    await former.post('/events/append', {
      appends: [
        {
          aggregate_id: 'a-1',
          aggregate_type: 'custom',
          expected_version: 'any',
          events: [{ type: 'custom', data: { n: 1 } }],
        },
      ],
    });
    for (const version of [0, 1])
      await former.post('/snapshots/', { aggregate_id: 'a-1', version, data: version === 0 ? {} : { n: 1 } });
    expect(listBody.parse((await former.get('/snapshots')).body).snapshots).toHaveLength(2);
    await former.stop();

    const store = await hostEventStore({ ...stores, MAX_SNAPSHOTS: '1' });

    await eventually(async () => {
      const { body } = await store.get('/snapshots');
      expect(listBody.parse(body).snapshots.map(({ version }) => version)).toEqual([1]);
    });
    await store.stop();
    await rm(folder, { recursive: true });
  });
});

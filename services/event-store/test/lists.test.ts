import { batchMediaType, eventMediaType } from '@fanfare/cloudevents';
import { expectProblem } from '@fanfare/service-kit/testing';
import {
  hostEventStore,
  listEvents,
  walkEvents,
  type EventStoreForTest,
  type RecordJson,
} from './host-event-store';

const custom = { type: 'custom', data: {} };

async function postMany(service: EventStoreForTest, count: number, event: object = custom): Promise<void> {
  const batch = Array.from({ length: count }, () => event);
  expect((await service.post('/events', batch)).status).toBe(202);
}

const positionsOf = (records: readonly RecordJson[]) => records.map(({ position }) => position);

function range(from: number, to: number): number[] {
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => from + index * step);
}

describe('a list of events', () => {
  let service: EventStoreForTest;

  beforeAll(async () => {
    service = await hostEventStore();
    await postMany(service, 130);
  });

  afterAll(() => service.stop());

  it('has the 50 oldest, oldest first, and leads to the next page', async () => {
    for (const path of ['/events', '/events/', '/event-store/events']) {
      const { events, next_cursor } = await listEvents(service, path);
      expect(positionsOf(events)).toEqual(range(1, 50));
      expect(next_cursor).toEqual(expect.any(String));
    }
  });

  it.each([
    ['limit=3', range(1, 3)],
    ['limit=1000', range(1, 130)],
    ['limit=130', range(1, 130)],
    ['limit=3&order=desc', range(130, 128)],
    ['limit=3&offset=5', range(6, 8)],
    ['limit=3&offset=5&order=desc', range(125, 123)],
    ['limit=3&offset=128', [129, 130]],
    ['offset=130', []],
    ['offset=1000000000', []],
    ['offset=1000000000&order=desc', []],
    ['limit=3&from_position=100', range(101, 103)],
    ['limit=3&from_position=100&offset=2', range(103, 105)],
    ['from_position=127&order=desc', range(130, 128)],
    ['limit=3&offset=110&type=custom', range(111, 113)],
    ['limit=3&offset=110&type=custom&order=desc', range(20, 18)],
    ['from_position=130', []],
    ['from_position=4000', []],
  ])('?%s', async (query, positions) => {
    expect(positionsOf((await listEvents(service, `/events?${query}`)).events)).toEqual(positions);
  });

  it.each([
    ['limit=7', range(1, 130)],
    ['limit=65', range(1, 130)],
    ['limit=130', range(1, 130)],
    ['limit=13&order=desc', range(130, 1)],
    ['limit=60&offset=15', range(16, 130)],
    ['limit=60&order=desc&from_position=20', range(130, 21)],
    ['limit=129&type=custom', range(1, 130)],
  ])('ends with a null after the last page: ?%s', async (query, positions) => {
    const pages = await walkEvents(service, `/events?${query}`.replace(/&offset=.*/, ''));
    const offset = Number(/offset=(\d+)/.exec(query)?.[1] ?? 0);

    expect(positionsOf(pages.flat()).slice(offset)).toEqual(positions);
    expect(pages.every((page) => page.length > 0)).toBe(true);
  });

  it('links to the next page, with all that was asked for but the offset', async () => {
    const { headers } = await service.get('/events?limit=2&offset=4&type=custom');

    const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(headers['link'] ?? '') ?? [];
    const { body } = await service.request(next);
    expect(positionsOf((body as { events: RecordJson[] }).events)).toEqual([7, 8]);
    expect((await service.get('/events?limit=130')).headers).not.toHaveProperty('link');
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['order=up', 'order'],
    ['offset=-1', 'offset'],
    ['cursor=', 'cursor'],
    ['cursor=xyz', 'cursor'],
    ['cursor=LTE', 'cursor'],
    ['cursor=MTA&offset=1', 'offset'],
    ['from=yesterday', 'from'],
    ['to=2026-02-30T00:00:00Z', 'to'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['from=2026-01-02T00:00:00Z&start=2026-01-02T00:00:00Z', 'start'],
    ['type=*.created', 'type'],
    ['type=', 'type'],
    ['from_position=-1', 'from_position'],
    ['page=2', 'page'],
    ['limit=1&limit=2', 'limit'],
  ])('refuses ?%s', async (query, field) => {
    const { errors } = expectProblem(await service.get(`/events?${query}`), 400);
    expect(errors).toMatchObject([{ field }]);
  });

  it('is given in the type that the client likes best', async () => {
    for (const accept of [batchMediaType, eventMediaType, `text/html, ${batchMediaType};q=0.9, */*;q=0.1`]) {
      const { headers, body } = await service.get('/events?limit=2', { accept });
      expect(headers).toMatchObject({ 'content-type': `${batchMediaType}; charset=utf-8`, vary: 'accept' });
      expect(headers['link']).toMatch(/rel="next"/);
      expect(body).toMatchObject([{ position: '1' }, { position: '2' }]);
    }
    for (const accept of ['*/*', 'application/*', 'application/json']) {
      expect((await service.get('/events?limit=2', { accept })).body).toHaveProperty('events');
    }
    expectProblem(await service.get('/events', { accept: 'text/html' }), 406);
    expectProblem(await service.get('/events', { accept: 'application/json;q=0' }), 406);
  });

  it('shows one event, or a 404', async () => {
    const [first] = (await listEvents(service, '/events?limit=1')).events;

    for (const path of ['/events', '/event-store/events']) {
      expect(await service.get(`${path}/${first?.id ?? ''}`)).toMatchObject({ status: 200, body: first });
      expectProblem(await service.get(`${path}/nobody`), 404);
    }
    const { id = '' } = first ?? {};
    expect((await service.get(`/events/${id}`, { accept: batchMediaType })).body).toMatchObject([{ id }]);
    expectProblem(await service.get(`/events/${id}`, { accept: 'text/html' }), 406);
  });
});

describe('walking a list while others write', () => {
  it.each(['asc', 'desc'])('gives each event that was there once: %s', async (order) => {
    await using service = await hostEventStore();
    await postMany(service, 60);

    const before = await walkEvents(service, `/events?limit=7&order=${order}`);
    let written = 0;
    const whileWriting = await walkEvents(service, `/events?limit=7&order=${order}`, async () => {
      if (written < 20) await postMany(service, 3);
      written += 3;
    });

    const positions = positionsOf(whileWriting.flat());
    expect(new Set(positions).size).toBe(positions.length);
    expect(positions.slice(0, 60)).toEqual(positionsOf(before.flat()));
  });
});

describe('a page of large events', () => {
  it('ends early, and the walk has them all', async () => {
    await using service = await hostEventStore();
    const large = { type: 'custom', data: 'x'.repeat(1_000_000) };
    for (let count = 0; count < 20; count += 1) await service.post('/events', large);

    const pages = await walkEvents(service, '/events?limit=1000');

    expect(pages.length).toBeGreaterThan(1);
    expect(positionsOf(pages.flat())).toEqual(range(1, 20));
  });
});

describe('the events of an aggregate', () => {
  let service: EventStoreForTest;

  beforeAll(async () => {
    service = await hostEventStore();
    const events = Array.from({ length: 120 }, () => custom);
    const append = { aggregate_id: 'a', aggregate_type: 'custom', expected_version: 'any', events };
    await service.post('/events/append', { appends: [{ ...append, aggregate_id: 'b', events: [custom] }] });
    await service.post('/events/append', { appends: [append] });
  });

  afterAll(() => service.stop());

  it.each([
    ['limit=1000', range(0, 119)],
    ['from_version=118', [118, 119]],
    ['to_version=2', [0, 1, 2]],
    ['from_version=3&to_version=3', [3]],
    ['from_version=4&to_version=3', []],
    ['limit=2&offset=3', [3, 4]],
    ['limit=2&offset=110', [110, 111]],
    ['limit=2&offset=3&from_version=10', [13, 14]],
    ['limit=2&offset=3&order=desc', [116, 115]],
    ['order=desc&to_version=2', [2, 1, 0]],
  ])('stand in the order of versions: ?%s', async (query, versions) => {
    const { events } = await listEvents(service, `/events/aggregate/a?${query}`);
    expect(events.map(({ version }) => version)).toEqual(versions);
  });

  it.each([
    ['limit=11', range(0, 119)],
    ['limit=40&from_version=10&to_version=99', range(10, 99)],
    ['limit=40&from_version=10&to_version=99&order=desc', range(99, 10)],
  ])('are all on some page: ?%s', async (query, versions) => {
    const pages = await walkEvents(service, `/events/aggregate/a?${query}`);
    expect(pages.flat().map(({ version }) => version)).toEqual(versions);
  });

  it('are an empty list when nobody knows it', async () => {
    expect(await listEvents(service, '/events/aggregate/unknown')).toEqual({ events: [], next_cursor: null });
  });

  it('are asked for by versions that are none in vain', async () => {
    const { errors } = expectProblem(
      await service.get('/events/aggregate/a?from_version=x&to_version=-1'),
      400,
    );
    expect(errors).toMatchObject([{ field: 'from_version' }, { field: 'to_version' }]);
  });
});

import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import * as fc from 'fast-check';
import { z } from 'zod';
import { happenedAt } from './logged-history';
import { hostEventStore, type EventStoreForTest } from './host-event-store';

const aggregateBody = z.object({ version: z.int(), state: z.unknown(), updated_at: z.string() });
const eventsBody = z.object({
  events: z.array(z.object({ recorded_at: z.string(), timestamp: z.string() })),
});

async function changeTimes(store: EventStoreForTest, count: number): Promise<readonly unknown[]> {
  const states: Record<string, unknown>[] = [{ n: 0 }];
  await store.post('/aggregates', { type: 'custom', id: 'a-1', initial_state: { n: 0 } });
  for (let n = 1; n < count; n += 1) {
    // events say that they happened long before they were recorded
    const event = {
      type: 'custom',
      data: { n, [`key-${n % 2}`]: n },
      timestamp: happenedAt(n).toISOString(),
    };
    await store.post('/events/publish', {
      ...event,
      aggregate_id: 'a-1',
      aggregate_type: 'custom',
      version: n,
    });
    states.push({ ...states.at(-1), ...event.data });
  }
  return states;
}

describe('an aggregate in the past', () => {
  let store: EventStoreForTest;
  let states: readonly unknown[];

  beforeAll(async () => {
    store = await hostEventStore({ SNAPSHOT_EVERY: '4' });
    states = await changeTimes(store, 15);
    await eventually(async () => {
      expect((await store.get('/snapshots/a-1')).body).toMatchObject({ version: 11 });
    });
  });

  afterAll(() => store.stop());

  it('is at every version what the events up to it tell', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(14), async (version) => {
        const read = await store.get(`/aggregates/a-1?version=${version}`);

        expect(read).toMatchObject({ status: 200, headers: { etag: `"${version}"` } });
        expect(aggregateBody.parse(read.body)).toMatchObject({ version, state: states[version] });
      }),
      { numRuns: 30 },
    );
  });

  it('is at every time what was recorded until then, whenever it happened', async () => {
    const { events } = eventsBody.parse((await store.get('/events/aggregate/a-1')).body);

    for (const [version, { recorded_at: at, timestamp }] of events.entries()) {
      const last = events.findLastIndex((event) => event.recorded_at === at);
      expect((await store.get(`/aggregates/a-1?at=${at}`)).body).toMatchObject({
        version: last,
        state: states[last],
      });
      if (version > 0) expect(timestamp < at).toBe(true);
    }
    expectProblem(await store.get('/aggregates/a-1?at=2020-01-01T00:00:00Z'), 404);
    const future = await store.get('/aggregates/a-1?at=2999-01-01T00:00:00%2B01:00');
    expect(future.body).toMatchObject({ version: 14 });
  });

  it('does not know the future, and refuses what is no version and no time', async () => {
    expectProblem(await store.get('/aggregates/a-1?version=15'), 404);
    for (const query of [
      'version=-1',
      'version=x',
      'at=yesterday',
      'version=1&at=2026-01-01T00:00:00Z',
      'on=1',
    ])
      expectProblem(await store.get(`/aggregates/a-1?${query}`), 400);
  });
});

describe('an aggregate whose beginning was truncated', () => {
  it('is read from a snapshot that was taken first; older versions are gone', async () => {
    await using store = await hostEventStore();
    const states = await changeTimes(store, 6);
    const before = await store.get('/aggregates/a-1');
    await eventually(() => {
      expect(Date.now()).toBeGreaterThan(Date.parse(aggregateBody.parse(before.body).updated_at));
    });
    const cut = new Date().toISOString();
    await store.post('/events/publish', {
      type: 'custom',
      aggregate_id: 'a-1',
      aggregate_type: 'custom',
      data: {},
    });

    const deleted = await store.request(`/api/v1/event-store/events/old?before=${cut}`, { method: 'DELETE' });

    expect(deleted).toMatchObject({ status: 200, body: { deleted: 6 } });
    expect((await store.get('/aggregates/a-1')).body).toMatchObject({ version: 6, state: states[5] });
    expect((await store.get('/aggregates/a-1?version=5')).body).toEqual(before.body);
    expect(expectProblem(await store.get('/aggregates/a-1?version=4'), 410).code).toBe('truncated');
    expect(expectProblem(await store.post('/snapshots', { aggregate_id: 'a-1', version: 4 }), 410).code).toBe(
      'truncated',
    );
    expect((await store.get('/event-store/verify')).body).toMatchObject({ valid: true });
  });
});

describe('an aggregate whose subject was erased', () => {
  it('has no state at any version, no snapshot, and is inactive', async () => {
    await using store = await hostEventStore();
    await changeTimes(store, 4);
    await store.post('/snapshots', { aggregate_id: 'a-1', version: 2 });

    const erased = await store.post('/event-store/erase', { subject: 'a-1' });

    expect(erased).toMatchObject({ status: 200, body: { erased_events: 4, erased_snapshots: 1 } });
    for (const query of ['', '?version=0', '?version=2']) {
      expect((await store.get(`/aggregates/a-1${query}`)).body).toMatchObject({ state: null, active: false });
    }
    expectProblem(await store.get('/snapshots/a-1'), 404);
    expectProblem(await store.post('/snapshots', { aggregate_id: 'a-1' }), 409);
  });
});

import { eventually } from '@fanfare/core/testing';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, happened, type LogInFile } from './log-in-file';

describe('removing old events', () => {
  let file: LogInFile;
  let service: EventStoreForTest;
  /** When the log had the events of the past, and none after them. */
  let past: Date;

  beforeEach(async () => {
    file = await createLogInFile();
    service = await hostEventStore(file.env);
    await service.post('/aggregates', { type: 'custom', id: 'c-1', initial_state: { a: 1 } });
    await service.request('/api/v1/aggregates/c-1', { method: 'PUT', body: { changes: { b: 2 } } });
    await file.record(happened('my.own'));
    past = await clockHasMovedOn();
    await service.request('/api/v1/aggregates/c-1', { method: 'PUT', body: { changes: { c: 3 } } });
    await file.record(happened('my.own'), happened('my.own'));
  });

  afterEach(async () => {
    await service.stop();
    await file[Symbol.asyncDispose]();
  });

  /** Recording has a resolution of a millisecond. */
  async function clockHasMovedOn(): Promise<Date> {
    const now = new Date();
    await eventually(() => {
      expect(new Date().getTime()).toBeGreaterThan(now.getTime() + 1);
    });
    return new Date(now.getTime() + 1);
  }

  const remove = (before: string) =>
    service.request(`/api/v1/event-store/events/old?before=${before}`, { method: 'DELETE' });

  it('answers how many went and where the chain begins now, which still verifies', async () => {
    expect(await remove(past.toISOString())).toMatchObject({
      status: 200,
      body: { deleted: 3, anchor_position: 3 },
    });

    expect((await service.get('/event-store/verify')).body).toMatchObject({
      valid: true,
      checked: 3,
      head_position: 6,
    });
    expect((await service.get('/events')).body).toMatchObject({
      events: [{ position: 4 }, { position: 5 }, { position: 6 }],
    });
  });

  it('keeps what the aggregates came to, and says of older versions that they are gone', async () => {
    const before = (await service.get('/aggregates/c-1')).body;

    await remove(past.toISOString());

    expect((await service.get('/aggregates/c-1')).body).toEqual(before);
    expect((await service.get('/aggregates/c-1?version=1')).body).toMatchObject({ state: { a: 1, b: 2 } });
    expect((await service.get('/aggregates/c-1?version=0')).status).toBe(410);
  });

  it('leaves nothing of an aggregate that went altogether once its subject is erased', async () => {
    await remove('2999-01-01T00:00:00Z');
    const erased = await service.post('/event-store/erase', { subject: 'c-1' });

    expect(erased).toMatchObject({ status: 200, body: { erased_events: 0, erased_snapshots: 1 } });
    for (const query of ['', '?version=2', '?at=2999-01-01T00:00:00Z']) {
      expect(await service.get(`/aggregates/c-1${query}`)).toMatchObject({
        status: 200,
        body: { version: 2, state: null, active: false },
      });
    }
    expect((await service.get('/snapshots/c-1')).status).toBe(404);
    expect((await service.get('/snapshots')).body).toMatchObject({ snapshots: [] });
    expect((await service.post('/snapshots', { aggregate_id: 'c-1' })).status).toBe(409);
    expect((await service.post('/snapshots', { aggregate_id: 'c-1', version: 9 })).status).toBe(409);
    expect((await service.get('/aggregates/c-1?version=1')).status).toBe(410);
  });

  it('takes what went out of the counts, which equal the log again', async () => {
    await remove(past.toISOString());

    expect((await service.get('/metrics/events')).body).toEqual({
      event_counts: { 'custom.updated': 1, 'my.own': 2 },
      total_events: 3,
    });
    expect((await service.get('/stats')).body).toMatchObject({
      aggregate_count: 1,
      event_store_stats: { event_count: 3, head_position: 6, anchor_position: 3 },
    });
  });

  it('can be repeated, and keeps the last commit of the log whatever is asked for', async () => {
    await remove(past.toISOString());

    expect((await remove(past.toISOString())).body).toEqual({ deleted: 0, anchor_position: 3 });
    expect((await remove('2999-01-01T00:00:00Z')).body).toEqual({ deleted: 1, anchor_position: 4 });
    expect((await remove('2999-01-01T00:00:00+02:00')).body).toEqual({ deleted: 0, anchor_position: 4 });
    expect((await service.get('/metrics/events')).body).toMatchObject({ total_events: 2 });
    expect((await service.get('/event-store/verify')).body).toMatchObject({ valid: true, checked: 2 });
  });

  it('removes nothing of a log that is empty, or younger', async () => {
    await using empty = await hostEventStore();
    const request = { method: 'DELETE' };

    expect((await remove('2001-01-01T00:00:00Z')).body).toEqual({ deleted: 0, anchor_position: 0 });
    expect(
      await empty.request('/api/v1/event-store/events/old?before=2999-01-01T00:00:00Z', request),
    ).toMatchObject({
      body: { deleted: 0, anchor_position: 0 },
    });
  });

  it.each(['', 'before=', 'before=yesterday', 'before=2026-01-01T00:00:00Z&after=1'])(
    'refuses ?%s',
    async (query) => {
      const path = `/api/v1/event-store/events/old?${query}`;

      expect((await service.request(path, { method: 'DELETE' })).status).toBe(400);
    },
  );
});

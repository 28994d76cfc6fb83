import { eventually } from '@fanfare/core/testing';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, happened, type LogInFile } from './log-in-file';
import { openReceiver, type TestReceiver } from './support/open-receiver';

interface ReplayJson {
  readonly id: string;
  readonly state: string;
  readonly is_running: boolean;
  readonly position: number;
  readonly processed_count: number;
}

describe('a replay', () => {
  let file: LogInFile;
  let receiver: TestReceiver;
  let service: EventStoreForTest;

  beforeEach(async () => {
    file = await createLogInFile();
    receiver = await openReceiver();
    service = await hostEventStore(file.env);
  });

  afterEach(async () => {
    await service.stop();
    await receiver.close();
    await file[Symbol.asyncDispose]();
  });

  const observe = (parts: object = {}) =>
    service.post('/observers', { id: 'billing', event_types: ['*'], endpoint: receiver.url, ...parts });

  async function record(...ids: readonly string[]): Promise<void> {
    for (const id of ids) await file.record(happened('my.own', { id, subject: id }));
  }

  async function begin(body: object): Promise<ReplayJson> {
    const answer = await service.post('/event-store/replay', body);
    expect(answer).toMatchObject({ status: 202 });
    const replay = answer.body as ReplayJson;
    expect(answer.headers['location']).toBe(`/api/v1/event-store/replay/${replay.id}`);
    return replay;
  }

  const read = async (id: string, from = service) =>
    (await from.get(`/event-store/replay/${id}`)).body as ReplayJson;

  const become = (id: string, parts: object, from = service) =>
    eventually(async () => {
      expect(await read(id, from)).toMatchObject(parts);
    });

  const tell = (id: string, verb: string) => service.post(`/event-store/replay/${id}/${verb}`, undefined);

  it('delivers what an observer missed before it was made, marked as a replay, and leaves its cursor alone', async () => {
    await record('e-1', 'e-2', 'e-3');
    await observe();

    const { id } = await begin({ observer_id: 'billing' });

    await become(id, {
      state: 'done',
      is_running: false,
      total: 3,
      processed_count: 3,
      error_count: 0,
      last_error: null,
      position: 3,
      end_time: expect.any(String) as string,
    });
    expect(receiver.ids()).toEqual(['e-1', 'e-2', 'e-3']);
    expect(receiver.requests.map(({ headers }) => headers['ce-replay'])).toEqual(['true', 'true', 'true']);
    expect((await service.get('/observers/billing')).body).toMatchObject({ cursor: 3, lag: 0 });
  });

  it('goes on beside live delivery, which is not marked', async () => {
    await record('e-1');
    await observe();
    receiver.answer(({ headers }) => (headers['ce-replay'] === undefined ? 204 : 'hang'));
    const { id } = await begin({ observer_id: 'billing' });
    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1']);
    });

    await record('e-2');

    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1', 'e-2']);
    });
    expect(receiver.requests[1]?.headers).not.toHaveProperty('ce-replay');
    receiver.release(204);
    await become(id, { state: 'done', total: 1, processed_count: 1 });
  });

  it('takes only the types, times and positions that are asked for, and what the observer wants of them', async () => {
    await observe({ event_types: ['order.*', 'user.created'], filter: { not: { exact: { id: 'e-4' } } } });
    const events = [
      ['e-1', 'order.created'],
      ['e-2', 'user.created'],
      ['e-3', 'order.confirmed'],
      ['e-4', 'order.created'],
      ['e-5', 'my.own'],
      ['e-6', 'order.created'],
    ] as const;
    for (const [id, type] of events) {
      await file.record(happened(type, { id, subject: 'o-1' }));
      // each at a time of its own
      const recordedMs = Date.now();
      await eventually(() => {
        expect(Date.now()).toBeGreaterThan(recordedMs);
      });
    }
    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-6']);
    });
    const { recordedAt } = (await file.log.findEvent('e-3')) ?? {};
    const requests = [
      [{}, ['e-1', 'e-2', 'e-3', 'e-6']],
      [{ types: ['order.*'] }, ['e-1', 'e-3', 'e-6']],
      [{ types: ['order_created', 'user.created'] }, ['e-1', 'e-2', 'e-6']],
      [{ from_position: 1, to_position: 3 }, ['e-2', 'e-3']],
      [{ from: recordedAt }, ['e-3', 'e-6']],
      [{ to: recordedAt }, ['e-1', 'e-2']],
      [{ from_position: 6 }, []],
    ] as const;

    for (const [parts, expected] of requests) {
      const before = receiver.ids().length;
      const { id } = await begin({ observer_id: 'billing', ...parts });
      await become(id, { state: 'done', total: expected.length, processed_count: expected.length });
      expect(receiver.ids().slice(before)).toEqual(expected);
    }
  });

  it('without an observer goes to all that are enabled', async () => {
    await record('e-1');
    await observe({ id: 'one' });
    await observe({ id: 'two' });
    await observe({ id: 'three', enabled: false });

    const { id } = await begin({});

    await become(id, { state: 'done', total: 1, processed_count: 1 });
    expect(receiver.ids()).toEqual(['e-1', 'e-1']);
  });

  it('counts deliveries that fail and says why the last one did, and goes on', async () => {
    await record('e-1', 'e-2', 'e-3');
    await observe();
    receiver.answer(({ events }) => (events[0]?.id === 'e-2' ? 500 : 204));

    const { id } = await begin({ observer_id: 'billing' });

    await become(id, {
      state: 'done',
      processed_count: 3,
      error_count: 1,
      last_error: expect.stringContaining('my.own at 2') as string,
    });
  });

  it('stands still while it is paused, and goes on where it was', async () => {
    await record('e-1', 'e-2', 'e-3');
    await observe();
    receiver.answer(({ events }) => (events[0]?.id === 'e-2' ? 'hang' : 204));
    const { id } = await begin({ observer_id: 'billing' });
    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1', 'e-2']);
    });

    expect((await tell(id, 'pause')).body).toMatchObject({ id, state: 'paused', is_running: false });
    expect((await tell(id, 'pause')).status).toBe(200);
    await become(id, { state: 'paused', position: 1, processed_count: 1, error_count: 0, end_time: null });
    receiver.answer(() => 204);
    expect((await tell(id, 'resume')).body).toMatchObject({ state: 'running', is_running: true });

    await become(id, { state: 'done', processed_count: 3, error_count: 0 });
    expect(receiver.ids()).toEqual(['e-1', 'e-2', 'e-2', 'e-3']);
  });

  it('ends when it is cancelled, for good', async () => {
    await record('e-1', 'e-2');
    await observe();
    receiver.answer(() => 'hang');
    const { id } = await begin({ observer_id: 'billing' });
    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1']);
    });

    expect((await tell(id, 'cancel')).body).toMatchObject({
      state: 'cancelled',
      is_running: false,
      processed_count: 0,
      end_time: expect.any(String) as string,
    });
    expect((await tell(id, 'resume')).status).toBe(409);
    expect((await tell(id, 'pause')).status).toBe(409);
    expect((await tell(id, 'cancel')).status).toBe(200);
  });

  it('goes on after a restart of the service where it was', async () => {
    await record('e-1', 'e-2', 'e-3', 'e-4');
    await observe();
    receiver.answer(({ events }) => (events[0]?.id === 'e-3' ? 'hang' : 204));
    const { id } = await begin({ observer_id: 'billing' });
    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1', 'e-2', 'e-3']);
    });

    await service.stop();
    receiver.answer(() => 204);
    service = await hostEventStore(file.env);

    await become(id, { state: 'done', processed_count: 4, error_count: 0, total: 4 });
    expect(receiver.ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-3', 'e-4']);
  });

  it('runs once, whatever number of instances there is, and can be told by any of them', async () => {
    await using other = await hostEventStore(file.env);
    await record('e-1', 'e-2', 'e-3');
    await observe();

    const { id } = await begin({ observer_id: 'billing' });
    await become(id, { state: 'done' }, other);
    const second = await other.post('/event-store/replay', { observer_id: 'billing' });
    await become((second.body as ReplayJson).id, { state: 'done' });

    expect(receiver.ids()).toEqual(['e-1', 'e-2', 'e-3', 'e-1', 'e-2', 'e-3']);
  });

  it('fails when its observer is removed', async () => {
    await record('e-1');
    await observe();
    receiver.answer(() => 'hang');
    const { id } = await begin({ observer_id: 'billing' });
    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1']);
    });
    await tell(id, 'pause');
    await service.request('/api/v1/observers/billing', { method: 'DELETE' });

    await tell(id, 'resume');

    await become(id, {
      state: 'failed',
      is_running: false,
      last_error: 'there is no observer billing any more',
    });
  });

  it('is listed, oldest first', async () => {
    await observe();
    const ids = [];
    for (let round = 0; round < 3; round += 1) ids.push((await begin({ observer_id: 'billing' })).id);
    interface List {
      readonly replays: readonly ReplayJson[];
      readonly next_cursor: string | null;
    }

    const first = (await service.get('/event-store/replay?limit=2')).body as List;
    const rest = (await service.get(`/event-store/replay?limit=2&cursor=${String(first.next_cursor)}`))
      .body as List;
    const newest = (await service.get('/event-store/replay?order=desc&limit=1')).body as List;

    expect([...first.replays, ...rest.replays].map(({ id }) => id)).toEqual(ids);
    expect(rest.next_cursor).toBeNull();
    expect(newest.replays.map(({ id }) => id)).toEqual(ids.slice(-1));
  });

  it.each([
    [{ observer_id: 'nobody' }, 404],
    [{ observer: 'billing' }, 400],
    [{ source: 'kafka' }, 400],
    [{ types: [] }, 400],
    [{ types: ['*.created'] }, 400],
    [{ speed: -1 }, 400],
    [{ from: 'yesterday' }, 400],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 400],
    [{ from_position: 3, to_position: 2 }, 400],
    [{ projection: 'orders' }, 400],
    [{ projection: 'event_counts', observer_id: 'billing' }, 400],
    [{ projection: 'event_counts', from_position: 1 }, 400],
    [{ candidate: { event_types: ['*'] } }, 400],
    [{ shadow: true }, 400],
    [{ shadow: true, candidate: { filter: [] } }, 400],
    [{ shadow: true, candidate: { event_types: ['*'], transform: '(' } }, 400],
  ])('is refused for %j', async (body, status) => {
    expect((await service.post('/event-store/replay', body)).status).toBe(status);
  });

  it('that does not exist cannot be read or told anything', async () => {
    expect((await service.get('/event-store/replay/none')).status).toBe(404);
    expect((await tell('none', 'pause')).status).toBe(404);
  });

  it('of the counts makes them anew while they are read, and what they were is what they are', async () => {
    await file.toStream('o-1', happened('order.created'), happened('order.confirmed'));
    await record('e-1', 'e-2');
    const before = (await service.get('/stats')).body;

    const { id } = await begin({ projection: 'event_counts' });

    await become(id, { state: 'done', projection: 'event_counts', total: 4, processed_count: 4 });
    expect((await service.get('/stats')).body).toEqual(before);
    await record('e-3');
    expect((await service.get('/metrics/events')).body).toMatchObject({ total_events: 5 });
  });

  it('of the counts mends what is wrong in them', async () => {
    await record('e-1', 'e-2');
    const before = (await service.get('/metrics/events')).body;
    await file.change('update log_counts set amount = 700');
    expect((await service.get('/metrics/events')).body).not.toEqual(before);

    const { id } = await begin({ projection: 'event_counts' });

    await become(id, { state: 'done' });
    expect((await service.get('/metrics/events')).body).toEqual(before);
  });
});

import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, happened, type LogInFile } from './log-in-file';

const jwtSecret = 'jwt-secret-of-this-test';

describe('what the store says of itself', () => {
  let file: LogInFile;
  let service: EventStoreForTest;

  beforeEach(async () => {
    file = await createLogInFile();
    service = await hostEventStore({
      ...file.env,
      SERVICE_NAME: 'store-of-this-test',
      ENVIRONMENT: 'staging',
      REGION: 'eu-1',
      JWT_SECRET: jwtSecret,
      MESSAGE_BUS_URL: 'memory:',
    });
    await file.toStream('o-1', happened('order.created'), happened('order.confirmed'));
    await file.toStream('o-2', happened('order.created'));
    await file.record(happened('my.own'));
  });

  afterEach(async () => {
    await service.stop();
    await file[Symbol.asyncDispose]();
  });

  const get = async (path: string, from = service) => (await from.get(path)).body;

  it('counts what the log holds, by the names that people use', async () => {
    expect(await get('/stats')).toMatchObject({
      id: 'store-of-this-test',
      name: 'store-of-this-test',
      description: expect.any(String) as string,
      active: true,
      aggregate_count: 2,
      event_store_stats: {
        event_count: 4,
        event_types: { 'order.created': 2, 'order.confirmed': 1, 'my.own': 1 },
        aggregate_count: 2,
        aggregate_types: { order: 2 },
        head_position: 4,
        anchor_position: 0,
      },
      event_bus_stats: { event_types: [], handlers: 0, subscribers: 0 },
      snapshot_store_stats: { snapshot_count: 0 },
    });
    expect(await get('/info')).toMatchObject({
      name: 'store-of-this-test',
      version: expect.any(String) as string,
      active: true,
      aggregate_count: 2,
      aggregate_types: ['order'],
      metadata: { environment: 'staging', region: 'eu-1' },
    });
    expect(await get('/metrics/events')).toEqual({
      event_counts: { 'order.created': 2, 'order.confirmed': 1, 'my.own': 1 },
      total_events: 4,
    });
  });

  it('counts the observers of the bus, what they ask for, and forgets those that are gone', async () => {
    await service.post('/observers', { id: 'one', event_types: ['order.created', 'payment.*'] });
    await service.post('/observers', { id: 'two', event_types: ['order.created'], async: false });
    expect(await get('/stats')).toMatchObject({
      event_bus_stats: { event_types: ['order.created', 'payment.*'], handlers: 3, subscribers: 2 },
    });

    await service.request('/api/v1/observers/one', { method: 'DELETE' });

    expect(await get('/stats')).toMatchObject({
      event_bus_stats: { event_types: ['order.created'], handlers: 1, subscribers: 1 },
    });
  });

  it('moves by exactly one with each event, observed or not, and not at all with a repeated one', async () => {
    const event = { id: 'e-1', type: 'my.own', data: {} };

    for (const expected of [5, 5, 5]) {
      await service.post('/events', event);
      expect(await get('/metrics')).toMatchObject({ total_events: expected, event_counts: { 'my.own': 2 } });
    }
    await service.post('/events', { ...event, id: 'e-2' });
    expect(await get('/metrics/events')).toMatchObject({ total_events: 6, event_counts: { 'my.own': 3 } });
  });

  it('is the same on every instance, and after a restart', async () => {
    const paths = [
      '/stats',
      '/info',
      '/metrics',
      '/metrics/events',
      '/metrics/errors',
      '/metrics/processing-times',
    ];
    const env = { ...file.env, SERVICE_NAME: 'store-of-this-test', ENVIRONMENT: 'staging', REGION: 'eu-1' };
    const answers = await Promise.all(paths.map((path) => get(path)));

    await using other = await hostEventStore(env);
    expect(await Promise.all(paths.map((path) => get(path, other)))).toEqual(answers);
    await service.stop();
    await using restarted = await hostEventStore(env);
    expect(await Promise.all(paths.map((path) => get(path, restarted)))).toEqual(answers);
  });

  it('says nothing secret', async () => {
    const said = JSON.stringify([await get('/stats'), await get('/info')]);

    expect(said).not.toContain(jwtSecret);
    expect(said).not.toContain(file.folder);
  });

  it('has every member when nothing was delivered', async () => {
    expect(await get('/metrics')).toEqual({
      event_counts: expect.any(Object) as object,
      total_events: 4,
      error_counts: {},
      total_errors: 0,
      processing_times: {},
      average_time: 0,
    });
    expect(await get('/metrics/errors')).toEqual({ error_counts: {}, observers: {}, total_errors: 0 });
    expect(await get('/metrics/processing-times')).toEqual({ processing_times: {} });
  });

  it('tells Prometheus of the log', async () => {
    await service.post('/events/publish', {
      type: 'user.created',
      aggregate_id: 'u-1',
      aggregate_type: 'user',
      data: {},
    });
    await service.post('/events/publish', {
      type: 'user.updated',
      aggregate_id: 'u-1',
      aggregate_type: 'user',
      data: {},
      version: 7,
    });

    expect((await service.get('/aggregates/u-1')).status).toBe(200);

    const { body } = await service.request('/metrics');

    expect(body).toMatch(/^events_appended_total 1$/m);
    expect(body).toMatch(/^events_folded_total 1$/m);
    expect(body).toMatch(/^append_conflicts_total 1$/m);
    expect(body).toMatch(/^event_log_head 5$/m);
  });

  it('answers that it cannot when its log is away', async () => {
    await service.stop();
    await using broken = await hostEventStore({ ...file.env, EVENT_LOG_URL: 'mongodb://127.0.0.1:1/none' });

    const paths = ['/stats', '/metrics/events', '/event-store/verify', '/event-store/export'];
    const answers = await Promise.all(paths.map((path) => broken.get(path)));

    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 503));
  });
});

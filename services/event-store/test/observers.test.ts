import { expectProblem } from '@fanfare/service-kit/testing';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';

const secret = `whsec_${Buffer.alloc(24, 'a').toString('base64')}`;
const olderSecret = `whsec_${Buffer.alloc(24, 'b').toString('base64')}`;
const seed = { id: 'observer123', event_types: ['payment.created', 'payment.updated'], async: true };

describe('observers', () => {
  let store: EventStoreForTest;

  beforeEach(async () => {
    store = await hostEventStore();
  });
  afterEach(() => store.stop());

  const change = (method: string, id: string, body: unknown) =>
    store.request(`${api}/observers/${id}`, { method, body });
  const remove = (id: string) => store.request(`${api}/observers/${id}`, { method: 'DELETE' });
  const publish = (type: string) => store.post('/events', { type, data: {} });
  const cursorOf = async (id: string) => (await store.get(`/observers/${id}`)).body;

  it('are made as the seed makes them, with what is left out set to what everyone gets', async () => {
    const { status, headers, body } = await store.post('/observers', seed);

    expect(status).toBe(201);
    expect(headers['location']).toBe('/api/v1/observers/observer123');
    expect(body).toEqual({
      id: 'observer123',
      event_types: ['payment.created', 'payment.updated'],
      async: true,
      enabled: true,
      start_from: 'now',
      endpoint: null,
      filter: null,
      transform: null,
      batch: null,
      rate_limit: null,
      debounce: null,
      concurrency: 1,
      handshake: 'off',
      retry: { max_attempts: 3, delay_ms: 1_000, factor: 2, max_delay_ms: 60_000 },
      breaker: { failures: 5, open_ms: 60_000 },
      timeout_ms: 10_000,
      description: null,
      metadata: {},
      created_at: expect.any(String) as string,
      updated_at: expect.any(String) as string,
    });
  });

  it('keep every setting that they are made with', async () => {
    const settings = {
      id: 'all',
      event_types: ['order.*'],
      async: false,
      enabled: false,
      start_from: 'beginning',
      endpoint: 'http://127.0.0.1:9/hook',
      filter: [{ prefix: { type: 'order.' } }, { sql: 'amount > 3' }],
      transform: '{ "id": id }',
      batch: { size: 10, wait_ms: 50 },
      rate_limit: { per_second: 0.5 },
      concurrency: 4,
      handshake: 'required',
      retry: { max_attempts: 5, delay_ms: 1, factor: 1.5, max_delay_ms: 9 },
      breaker: { failures: 2, open_ms: 7 },
      timeout_ms: 3_000,
      description: 'for tests',
      metadata: { team: 'shop' },
    };

    await store.post('/observers', { ...settings, secret });

    expect((await store.get('/observers/all')).body).toMatchObject(settings);
  });

  it('get an id when they bring none', async () => {
    const { body, headers } = await store.post('/observers', { event_types: ['*'] });
    const { id } = body as { id: string };

    expect(headers['location']).toBe(`/api/v1/observers/${id}`);
    expect((await store.get(`/observers/${id}`)).status).toBe(200);
  });

  it('are there once when the same is posted again, also a thousand times, ten at a time', async () => {
    const statuses: number[] = [];
    const postHundred = async () => {
      for (let index = 0; index < 100; index += 1)
        statuses.push((await store.post('/observers', seed)).status);
    };

    await Promise.all(Array.from({ length: 10 }, postHundred));

    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 200)).toHaveLength(999);
    expect((await store.get('/observers')).body).toMatchObject({ observers: [{ id: 'observer123' }] });
  });

  it.each([
    ['types', { event_types: ['payment.created'] }],
    ['a secret', { secret }],
    ['a start', { start_from: 'beginning' }],
  ])('of one id but with other %s are a conflict', async (_, other) => {
    await store.post('/observers', seed);

    const problem = expectProblem(await store.post('/observers', { ...seed, ...other }), 409);

    expect(problem.code).toBe('already-exists');
  });

  it('with any mistake are refused, and all mistakes are named', async () => {
    const response = await store.post('/observers', {
      id: 'a/b',
      event_types: ['order.*.x', ''],
      endpoint: 'ftp://example.com',
      secret: 'too short',
      filter: [{ exact: { type: 'x' } }, { any: [{ sql: 'a = ' }] }],
      transform: '{ "a": ',
      start_from: 'yesterday',
      concurrency: 0,
      retry: { attempts: 3 },
      colour: 'red',
    });

    const { errors = [] } = expectProblem(response, 400);
    expect(errors.map(({ field }) => field).sort()).toEqual([
      'colour',
      'concurrency',
      'endpoint',
      'event_types[0]',
      'event_types[1]',
      'filter[1].any[0].sql',
      'id',
      'retry.attempts',
      'secret',
      'start_from',
      'transform',
    ]);
    expect(errors).toContainEqual({
      field: 'transform',
      message: 'Expected "}" before end of expression at character 7',
    });
    expect(JSON.stringify(errors)).not.toContain('too short');
    expectProblem(await store.post('/observers', {}), 400);
    expectProblem(await store.post('/observers', { event_types: [] }), 400);
  });

  it.each([
    ['nests too deeply', `{"event_types":["a"],"metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_001)}`],
    ['is no Unicode', '{"event_types":["a"],"description":"\\ud800"}'],
  ])('are refused when their definition %s', async (_, body) => {
    await store.post('/observers', seed);

    expectProblem(await store.post('/observers', body), 400);
    expectProblem(await change('PATCH', 'observer123', body), 400);
  });

  it('name the place of a mistake in a filter that stands alone', async () => {
    const response = await store.post('/observers', { ...seed, filter: { prefix: { Type: 'x' } } });

    expect(expectProblem(response, 400).errors).toEqual([
      { field: 'filter.prefix', message: '"Type" is not the name of an attribute' },
    ]);
  });

  it.each(['http://user:pass@example.com/', 'http://user@example.com', 'file:///etc/passwd', 'example.com'])(
    'cannot live at %s',
    async (endpoint) => {
      const { errors } = expectProblem(await store.post('/observers', { ...seed, endpoint }), 400);

      expect(errors).toMatchObject([{ field: 'endpoint' }]);
    },
  );

  it('begin where they ask to: now, at the beginning, after a position, at a time', async () => {
    await publish('user.created');
    const { body } = await store.get('/events');
    const [{ recorded_at: firstTime }] = (body as { events: [{ recorded_at: string }] }).events;
    await publish('user.updated');

    const startAt = async (id: string, start_from: unknown) => {
      await store.post('/observers', { id, event_types: ['*'], start_from });
      return cursorOf(id);
    };

    expect(await startAt('now', 'now')).toMatchObject({ cursor: 2, lag: 0 });
    expect(await startAt('beginning', 'beginning')).toMatchObject({ cursor: 0, lag: 2 });
    expect(await startAt('position', 1)).toMatchObject({ cursor: 1, lag: 1 });
    expect(await startAt('time', firstTime)).toMatchObject({ cursor: 0 });
    expect(await startAt('past', '2020-01-01T00:00:00+01:00')).toMatchObject({ cursor: 0 });
    expect(await startAt('future', '2999-01-01T00:00:00Z')).toMatchObject({ cursor: 2 });
    const beyond = await store.post('/observers', { ...seed, start_from: 3 });
    expect(expectProblem(beyond, 400).errors).toMatchObject([{ field: 'start_from' }]);
  });

  it('show how far they have come', async () => {
    await store.post('/observers', { ...seed, start_from: 'beginning', enabled: false });
    await publish('user.created');

    expect((await store.get('/observers/observer123')).body).toMatchObject({
      cursor: 0,
      lag: 1,
      breaker: { failures: 5, open_ms: 60_000, state: 'closed', failure_count: 0, next_attempt: null },
      waiting: 0,
      dead_letters: 0,
      blocked_reason: 'disabled',
      last_delivery_at: null,
    });
  });

  it('are listed oldest first, page by page', async () => {
    for (const id of ['c', 'a', 'b']) await store.post('/observers', { id, event_types: ['*'] });

    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await store.get(`/observers?limit=1${query}`);
      const page = body as { observers: { id: string }[]; next_cursor: string | null };
      ids.push(...page.observers.map(({ id }) => id));
      cursor = page.next_cursor;
    }

    expect([...ids].sort()).toEqual(['a', 'b', 'c']);
    expect((await store.get('/observers?order=desc')).body).toMatchObject({
      observers: ids.toReversed().map((id) => ({ id })),
      next_cursor: null,
    });
    expectProblem(await store.get('/observers?limit=0'), 400);
  });

  it.each(['PUT', 'PATCH'])('are changed by %s: what is left out stays as it is', async (method) => {
    await store.post('/observers', { ...seed, description: 'old', retry: { max_attempts: 7 } });

    const { status, body } = await change(method, 'observer123', {
      id: 'observer123',
      event_types: ['order.*'],
      endpoint: 'http://127.0.0.1:9/',
      filter: { exact: { subject: 'a' } },
      retry: { delay_ms: 5 },
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      event_types: ['order.*'],
      endpoint: 'http://127.0.0.1:9/',
      filter: { exact: { subject: 'a' } },
      description: 'old',
      retry: { max_attempts: 7, delay_ms: 5 },
    });
    const cleared = await change(method, 'observer123', { endpoint: null, filter: null, description: null });
    expect(cleared.body).toMatchObject({ endpoint: null, filter: null, description: null });
  });

  it('keep their cursor while they are disabled', async () => {
    await store.post('/observers', { ...seed, start_from: 'beginning' });
    await change('PATCH', 'observer123', { enabled: false });
    await publish('user.created');

    const { body } = await change('PATCH', 'observer123', { enabled: true });

    expect(body).toMatchObject({ enabled: true });
    expect(await cursorOf('observer123')).toMatchObject({ cursor: 0, lag: 1 });
  });

  it('are not changed by what does not fit', async () => {
    await store.post('/observers', seed);

    const { errors } = expectProblem(await change('PUT', 'observer123', { id: 'other', color: 1 }), 400);
    expect(errors).toEqual([{ field: 'color', message: 'is not a known field' }]);
    expectProblem(await change('PATCH', 'observer123', { id: 'other' }), 400);
    expectProblem(await change('PATCH', 'observer123', { start_from: 'now' }), 400);
    expectProblem(await change('PATCH', 'observer123', { endpoint: 'gopher://x' }), 400);
    expectProblem(await change('PATCH', 'nobody', { enabled: false }), 404);
  });

  it('keep every one of many changes that are made at the same time', async () => {
    await store.post('/observers', { id: 'busy', event_types: ['a'] });
    const types = Array.from({ length: 20 }, (_, index) => `type-${index}`);

    await Promise.all(
      types.map((event_type) => store.post('/subscriptions', { observer_id: 'busy', event_type })),
    );

    const { body } = await store.get('/observers/busy');
    expect((body as { event_types: string[] }).event_types.sort()).toEqual(['a', ...types].sort());
  });

  it('are gone once they are removed', async () => {
    await store.post('/observers', seed);

    expect((await remove('observer123')).status).toBe(204);

    expectProblem(await remove('observer123'), 404);
    expectProblem(await store.get('/observers/observer123'), 404);
    expect((await store.post('/observers', { ...seed, event_types: ['other'] })).status).toBe(201);
  });

  it('never show their secrets, neither in answers nor in the log', async () => {
    const answers = [
      await store.post('/observers', { ...seed, secret }),
      await change('PATCH', 'observer123', { secret: [secret, olderSecret] }),
      await store.post('/observers', seed),
      await store.get('/observers/observer123'),
      await store.get('/observers'),
      await change('PATCH', 'observer123', { secret: [secret, olderSecret, secret] }),
      await change('PATCH', 'observer123', { secret: `${secret}!` }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 200, 409, 200, 200, 400, 400]);
    const shown = JSON.stringify([answers, store.logLines]);
    expect(shown).not.toContain(secret.slice('whsec_'.length));
    expect(shown).not.toContain(olderSecret.slice('whsec_'.length));
  });
});

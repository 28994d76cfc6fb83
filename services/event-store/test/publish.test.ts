import { expectProblem } from '@fanfare/service-kit/testing';
import { hostEventStore, listEvents, type EventStoreForTest } from './host-event-store';

const userCreated = {
  type: 'user_created',
  aggregate_id: 'user-1',
  aggregate_type: 'user',
  data: { user_id: 'user-1', email: 'ada@example.com' },
};

function publish(service: EventStoreForTest, change: object = {}) {
  return service.post('/events/publish', { ...userCreated, ...change });
}

describe('publishing to an aggregate', () => {
  let service: EventStoreForTest;

  beforeEach(async () => {
    service = await hostEventStore();
  });

  afterEach(() => service.stop());

  it('stores the event in the stream of the aggregate, with the next version', async () => {
    const first = await publish(service, { metadata: { correlation_id: 'c-1' } });
    const second = await publish(service, { type: 'user.updated' });

    expect(first).toMatchObject({
      status: 200,
      body: { message: 'Event published successfully', position: 1, version: 0 },
    });
    expect(second).toMatchObject({ status: 200, body: { position: 2, version: 1 } });
    expect((await listEvents(service, '/events/aggregate/user-1')).events).toMatchObject([
      {
        id: (first.body as { id: string }).id,
        type: 'user.created',
        aggregate_id: 'user-1',
        aggregate_type: 'user',
        version: 0,
        subject: 'user-1',
        data: userCreated.data,
        correlation_id: 'c-1',
        metadata: { correlation_id: 'c-1' },
      },
      { type: 'user.updated', version: 1 },
    ]);
  });

  it('takes a version only if it is the next', async () => {
    expect((await publish(service, { version: 0 })).status).toBe(200);
    expect((await publish(service, { version: 1 })).status).toBe(200);

    for (const version of [0, 1, 3]) {
      expectProblem(await publish(service, { version }), 409);
    }
    expect((await publish(service, { version: 2 })).body).toMatchObject({ version: 2 });
  });

  it('tells after a conflict what was missed', async () => {
    for (const id of ['e-0', 'e-1', 'e-2']) await publish(service, { id });

    const late = expectProblem(await publish(service, { version: 1 }), 409);
    const early = expectProblem(await publish(service, { version: 7 }), 409);
    const none = expectProblem(await publish(service, { aggregate_id: 'other', version: 1 }), 409);

    expect(late).toMatchObject({
      type: '/problems/version-conflict',
      aggregate_id: 'user-1',
      expected_version: 1,
      current_version: 2,
      events_since: ['e-1', 'e-2'],
    });
    expect(early).toMatchObject({ expected_version: 7, current_version: 2, events_since: [] });
    expect(none).toMatchObject({ expected_version: 1, current_version: -1, events_since: [] });
  });

  it('tells of at most 100 missed events', async () => {
    const events = Array.from({ length: 120 }, (_, index) => ({ id: `e-${index}`, type: 'custom', data: 1 }));
    await service.post('/events/append', {
      appends: [{ aggregate_id: 'user-1', aggregate_type: 'user', expected_version: 'none', events }],
    });

    const conflict = expectProblem(await publish(service, { version: 10 }), 409);

    expect(conflict['events_since']).toEqual(events.slice(10, 110).map(({ id }) => id));
  });

  it('gives the first answer to the same event again, whatever version it is sent with', async () => {
    const first = await publish(service, { id: 'e-1', version: 0 });
    await publish(service);

    for (const version of [undefined, 0, 1, 9]) {
      expect(await publish(service, { id: 'e-1', version })).toMatchObject({
        status: 200,
        body: first.body as object,
      });
    }
    expect(await service.log.head()).toBe(2);
  });

  it('refuses an id that belongs to another event, or to another aggregate', async () => {
    await publish(service, { id: 'e-1' });

    for (const change of [{ data: {} }, { aggregate_id: 'user-2' }, { aggregate_type: 'custom' }]) {
      const problem = expectProblem(await publish(service, { id: 'e-1', ...change }), 409);
      expect(problem.code).toBe('id-reused');
    }
  });

  it('refuses an event of another type of aggregate than the stream has', async () => {
    await publish(service);

    expect(expectProblem(await publish(service, { aggregate_type: 'order' }), 409).code).toBe('conflict');
  });

  it('lets one of 50 win who publish the same version at once', async () => {
    await publish(service);

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => publish(service, { version: 1, data: { name: `${index}` } })),
    );

    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(49);
    for (const { body } of refused) expect(body).toMatchObject({ current_version: 1 });
    expect((await listEvents(service, '/events/aggregate/user-1')).events).toHaveLength(2);
  });

  it('gives each of many events without a version one of its own', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => publish(service)));

    const versions = answers.map(({ body }) => (body as { version: number }).version);
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });
});

describe('appending to several aggregates', () => {
  let service: EventStoreForTest;

  beforeEach(async () => {
    service = await hostEventStore();
  });

  afterEach(() => service.stop());

  const part = (aggregateId: string, expected: unknown, ...ids: string[]) => ({
    aggregate_id: aggregateId,
    aggregate_type: 'custom',
    expected_version: expected,
    events: ids.map((id) => ({ id, type: 'custom', data: { id } })),
  });
  const append = (appends: unknown, checks?: unknown) =>
    service.post('/events/append', { appends, ...(checks !== undefined && { checks }) });

  it('takes all events, and answers with the last version of each', async () => {
    const answer = await append([part('a', 'none', 'a-0', 'a-1'), part('b', 'any', 'b-0')]);

    expect(answer).toMatchObject({ status: 200, body: { position: 3, versions: { a: 1, b: 0 } } });
    const { events } = await listEvents(service);
    expect(events).toMatchObject([
      { id: 'a-0', aggregate_id: 'a', version: 0, subject: 'a' },
      { id: 'a-1', aggregate_id: 'a', version: 1, subject: 'a' },
      { id: 'b-0', aggregate_id: 'b', version: 0, subject: 'b' },
    ]);
  });

  it.each([
    ['a number that is too low', 0],
    ['a number that is too high', 2],
    ['none', 'none'],
  ])('takes none of them when one stream is not as expected: %s', async (_what, expected) => {
    await append([part('b', 'any', 'b-0', 'b-1')]);

    const problem = expectProblem(await append([part('a', 'any', 'a-0'), part('b', expected, 'b-2')]), 409);

    expect(problem).toMatchObject({
      code: 'version-conflict',
      aggregate_id: 'b',
      expected_version: expected,
      current_version: 1,
      events_since: { 0: ['b-1'], 2: [], none: ['b-0', 'b-1'] }[expected],
    });
    expect((await listEvents(service, '/events/aggregate/a')).events).toEqual([]);
  });

  it('takes none of them when another aggregate is not as it must be', async () => {
    await append([part('b', 'any', 'b-0')]);

    for (const expected of ['none', 1]) {
      const checks = [{ aggregate_id: 'b', expected_version: expected }];
      const problem = expectProblem(await append([part('a', 'any', 'a-0')], checks), 409);
      expect(problem).toMatchObject({ aggregate_id: 'b', current_version: 0 });
    }
    const missing = [{ aggregate_id: 'c', expected_version: 'exists' }];
    expectProblem(await append([part('a', 'any', 'a-0')], missing), 409);
    expect(await service.log.head()).toBe(1);

    const checks = [{ aggregate_id: 'b', expected_version: 0 }];
    expect((await append([part('a', 'any', 'a-0')], checks)).status).toBe(200);
  });

  it('gives the first answer to the same events again', async () => {
    const appends = [part('a', 'none', 'a-0'), part('b', 'none', 'b-0')];
    const first = await append(appends);
    await append([part('a', 0, 'a-1')]);

    const again = await append(appends);

    expect(again).toMatchObject({ status: 200, body: first.body as object });
    expect(await service.log.head()).toBe(3);
  });
});

import { expectProblem } from '@fanfare/service-kit/testing';
import {
  api,
  hostEventStore,
  listEvents,
  readRecord,
  type EventStoreForTest,
  type RecordJson,
} from './host-event-store';
import { createLogInFile } from './log-in-file';

const payment = {
  payment_id: 'payment123',
  user_id: 'user456',
  amount: 99.99,
  currency: 'USD',
  status: 'pending',
  gateway: 'stripe',
};
const paymentCreated = { type: 'payment.created', data: payment };
const fullType = 'com.fanfare.payment.created.v1';

interface BatchJson {
  readonly results: readonly { readonly id: string; readonly status: number; readonly position?: number }[];
}

describe('an event that is posted', () => {
  let service: EventStoreForTest;

  beforeEach(async () => {
    service = await hostEventStore();
  });

  afterEach(() => service.stop());

  it('is kept though nobody observes it, and comes back as a record', async () => {
    const metadata = { correlation_id: 'c-1', causation_id: 'e-0', nested: { any: ['thing', null, 1.5] } };

    const posted = await service.post('/events', {
      ...paymentCreated,
      source: '/payment-service',
      timestamp: '2026-01-31T12:00:00.123456+02:00',
      metadata,
    });

    const { id } = posted.body as { id: string };
    expect(posted).toMatchObject({
      status: 202,
      headers: { location: `${api}/events/${id}` },
      body: { id, position: 1, type: 'payment.created' },
    });
    const record = await readRecord(service, id);
    expect(record).toEqual({
      id,
      position: 1,
      type: 'payment.created',
      event_version: 1,
      aggregate_id: null,
      aggregate_type: null,
      version: null,
      source: '/payment-service',
      subject: id,
      data: payment,
      datacontenttype: 'application/json',
      metadata,
      timestamp: '2026-01-31T12:00:00.123456+02:00',
      recorded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      correlation_id: 'c-1',
      causation_id: 'e-0',
      processed: expect.any(Boolean) as boolean,
      processed_at: record['processed_at'],
    });
    expect((await service.get(`/event-store/events/${id}/`)).body).toEqual(record);
  });

  it.each(['payment.created', 'payment_created', fullType])('may name its type as %s', async (type) => {
    const { body } = await service.post('/events', { type, data: payment });

    expect(body).toMatchObject({ type: 'payment.created' });
    expect((await service.log.read({ limit: 1 })).events[0]?.event.type).toBe(fullType);
  });

  it('is stored once however often it is sent, and gets the first answer again', async () => {
    const event = { id: 'event-1', ...paymentCreated, metadata: { a: 1 } };
    const first = await service.post('/events', event);
    await service.post('/events', paymentCreated);

    const again = await service.post('/events', event);
    const reordered = await service.post('/events', {
      ...event,
      data: Object.fromEntries(Object.entries(payment).reverse()),
    });

    expect(first).toMatchObject({ status: 202, body: { id: 'event-1', position: 1 } });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(reordered).toMatchObject({ status: 200, body: first.body });
    expect((await listEvents(service)).events).toHaveLength(2);
  });

  it.each([
    ['data', { data: { ...payment, amount: 1 } }],
    ['type', { type: 'payment.updated' }],
    ['timestamp', { timestamp: '2026-01-31T12:00:00Z' }],
    ['metadata', { metadata: { a: 2 } }],
  ])('cannot take the id of one with other %s', async (_what, change) => {
    await service.post('/events', { id: 'event-1', ...paymentCreated });

    const refused = await service.post('/events', { id: 'event-1', ...paymentCreated, ...change });

    expect(expectProblem(refused, 409).code).toBe('id-reused');
  });

  it('gets an id of its own, however many are posted at once', async () => {
    const batches = await Promise.all(
      Array.from({ length: 5 }, () => service.post('/events', Array(200).fill(paymentCreated))),
    );

    const ids = batches.flatMap(({ body }) => (body as BatchJson).results.map(({ id }) => id));
    expect(new Set(ids).size).toBe(1_000);
  });

  it('is taken a thousand times over, ten at a time, as in the load test of the guide', async () => {
    const statuses: number[] = [];
    const postHundred = async () => {
      for (let index = 0; index < 100; index += 1)
        statuses.push((await service.post('/events', paymentCreated)).status);
    };

    await Promise.all(Array.from({ length: 10 }, postHundred));

    expect(statuses).toEqual(Array(1_000).fill(202));
    expect(await service.log.head()).toBe(1_000);
  });

  it('of an unknown type comes back as it is', async () => {
    const data = { deep: [{ er: null }], ключ: 'значение 🙂', __proto: 1 };

    const { body } = await service.post('/events', { type: 'custom', data });
    const other = await service.post('/events', { type: 'my/own type', data: [1, 'two', null] });

    expect(await readRecord(service, (body as RecordJson).id)).toMatchObject({ type: 'custom', data });
    const { id } = other.body as RecordJson;
    expect(await readRecord(service, id)).toMatchObject({ type: 'my/own type', data: [1, 'two', null] });
  });

  it('carries the trace of its request', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

    await service.post('/events', paymentCreated, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });

    const [logged] = (await service.log.read({ limit: 1 })).events;
    expect(logged?.event['traceparent']).toContain(traceId);
  });

  it('is still there after a restart', async () => {
    await using file = await createLogInFile();
    const before = await hostEventStore(file.env);
    const { body } = await before.post('/events', { id: 'event-1', ...paymentCreated });
    await before.stop();

    await using after = await hostEventStore(file.env);

    expect(await after.post('/events', { id: 'event-1', ...paymentCreated })).toMatchObject({
      status: 200,
      body: body as object,
    });
    expect(await readRecord(after, 'event-1')).toMatchObject({ position: 1, data: payment });
  });

  it('waits for better times while the log is away: 503, never a 404 or 500', async () => {
    await service.log.close();

    for (const answer of [
      await service.post('/events', paymentCreated),
      await service.post('/events', [paymentCreated]),
      await service.get('/events'),
      await service.get('/events/event-1'),
      await service.get('/events/aggregate/a'),
    ]) {
      expect(expectProblem(answer, 503)).toMatchObject({ code: 'unavailable' });
    }
  });
});

describe('a list of events', () => {
  let service: EventStoreForTest;

  beforeEach(async () => {
    service = await hostEventStore();
  });

  afterEach(() => service.stop());

  it('is taken as far as it can be, and every event is answered in its order', async () => {
    await service.post('/events', { id: 'first', ...paymentCreated });

    const { status, body } = await service.post('/events', [
      { id: 'first', ...paymentCreated },
      { id: 'new', ...paymentCreated },
      { id: 'first', type: 'custom', data: 1 },
      { id: 'bad', type: 'payment.created', data: { amount: 'much' } },
      7,
      { id: 'last', ...paymentCreated },
    ]);

    expect(status).toBe(207);
    expect((body as { results: unknown[] }).results).toMatchObject([
      { id: 'first', status: 200, position: 1 },
      { id: 'new', status: 202, position: 2 },
      { id: 'first', status: 409, problem: { type: '/problems/id-reused', status: 409 } },
      {
        id: 'bad',
        status: 400,
        problem: { type: '/problems/invalid', errors: [{ field: 'data.amount' }] },
      },
      { id: null, status: 400, problem: { errors: [{ field: 'body' }] } },
      { id: 'last', status: 202, position: 3 },
    ]);
  });

  it('that repeats itself is stored once', async () => {
    const { status, body } = await service.post('/events', [
      { id: 'a', ...paymentCreated },
      { id: 'a', ...paymentCreated },
    ]);

    expect(status).toBe(202);
    expect(body).toMatchObject({
      results: [
        { status: 202, position: 1 },
        { status: 200, position: 1 },
      ],
    });
  });

  it('stands in the log in its order', async () => {
    const batch = Array.from({ length: 300 }, (_, index) => ({ id: `e-${index}`, ...paymentCreated }));

    await service.post('/events', batch);

    const { events } = await listEvents(service);
    expect(events.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
  });

  it('may be empty, but not longer than 1,000', async () => {
    expect(await service.post('/events', [])).toMatchObject({ status: 202, body: { results: [] } });
    const tooLong = await service.post('/events', Array(1_001).fill(paymentCreated));
    expect(expectProblem(tooLong, 400).errors).toMatchObject([{ field: 'body' }]);
  });
});

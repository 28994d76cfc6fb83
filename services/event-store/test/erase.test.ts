import { openDatabase } from '@fanfare/storage';
import { sql } from 'kysely';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, type LogInFile } from './log-in-file';

const secret = 'ada@example.com';

interface Listed {
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly data: unknown;
    readonly erased?: true;
  }[];
}

describe('erasing a subject', () => {
  let file: LogInFile;
  let service: EventStoreForTest;

  beforeEach(async () => {
    file = await createLogInFile();
    service = await hostEventStore(file.env);
    await service.post('/aggregates', { type: 'user', id: 'u-1', initial_state: { email: secret } });
    await service.post('/aggregates', {
      type: 'user',
      id: 'u-2',
      initial_state: { email: 'bob@example.com' },
    });
    await service.post('/events', { id: 'e-1', type: 'my.own', subject: 'u-1', data: { about: secret } });
    await service.post('/snapshots', { aggregate_id: 'u-1' });
  });

  afterEach(async () => {
    await service.stop();
    await file[Symbol.asyncDispose]();
  });

  const erase = (body: unknown) => service.post('/event-store/erase', body);
  const listed = async () => ((await service.get('/events?limit=100')).body as Listed).events;

  it('removes its data for good, leaves tombstones and the rest, and the chain still verifies', async () => {
    expect(await erase({ subject: 'u-1', reason: 'request 7' })).toMatchObject({
      status: 200,
      body: { subject: 'u-1', erased_events: 2, erased_snapshots: 1 },
    });

    const events = await listed();
    expect(events.map(({ type, erased = false }) => [type, erased])).toEqual([
      ['user.created', true],
      ['user.created', false],
      ['my.own', true],
      ['com.fanfare.subject.erasure_begun.v1', false],
      ['privacy.subject_erased', false],
    ]);
    expect(JSON.stringify(events)).not.toContain(secret);
    expect((await service.get('/event-store/verify')).body).toMatchObject({
      valid: true,
      checked: 5,
      erased: 2,
    });
    expect((await service.get('/aggregates/u-1')).body).toMatchObject({ state: null, active: false });
    expect((await service.get('/snapshots/u-1')).status).toBe(404);
    expect((await service.get('/aggregates/u-2')).body).toMatchObject({
      state: { email: 'bob@example.com' },
    });
  });

  it('removes what could not be recorded yet', async () => {
    const columns =
      'id, group_name, topic, part, ordinal, event_key, body, content_type, state, attempts, reason, failed_at';
    for (const key of ['u-1', 'u-2']) {
      await file.change(
        `insert into parked_events (${columns}) values (?, 'event-store', 'orders', 0, 1, ?, ?, '', 'dead', 1, '', 1)`,
        ...[`p-${key}`, key, Buffer.from(`{"data":{"about":"${secret}"}}`)],
      );
    }

    await erase({ subject: 'u-1' });

    const database = await openDatabase(file.env.DATABASE_URL);
    const { rows } = await sql`select event_key from parked_events`.execute(database.queries);
    await database.close();
    expect(rows).toEqual([{ event_key: 'u-2' }]);
  });

  it('tells everybody whom to forget, and nothing else about them', async () => {
    await erase({ subject: 'u-1', reason: 'request 7' });

    expect((await listed()).at(-1)).toMatchObject({
      type: 'privacy.subject_erased',
      data: { subject: 'u-1', reason: 'request 7', erased_events: 2, erased_snapshots: 1 },
    });
  });

  it('can be repeated: then there is nothing left, and everybody is told again', async () => {
    await erase({ subject: 'u-1' });

    expect((await erase({ subject: 'u-1' })).body).toEqual({
      subject: 'u-1',
      erased_events: 0,
      erased_snapshots: 0,
    });
    expect((await listed()).filter(({ type }) => type === 'privacy.subject_erased')).toEqual([
      expect.objectContaining({
        data: expect.objectContaining({ subject: 'u-1', erased_events: 2 }) as object,
      }),
      expect.objectContaining({
        data: expect.objectContaining({ subject: 'u-1', erased_events: 0 }) as object,
      }),
    ]);
  });

  it('tells the other services on a topic of its own, in which it stays for those who are away', async () => {
    await erase({ subject: 'u-1', reason: 'request 7' });

    const { events } = (await service.request('/topics/privacy/0')).body as Listed;
    const [logged] = (await listed()).slice(-1);
    expect(events).toEqual([
      expect.objectContaining({
        id: logged?.id,
        type: 'com.fanfare.privacy.subject_erased.v1',
        data: expect.objectContaining({ subject: 'u-1', reason: 'request 7' }) as object,
      }),
    ]);
  });

  it('is not refused because the log is full', async () => {
    await using full = await hostEventStore({ ...file.env, MAX_EVENTS: '3' });
    expect((await full.post('/events', { type: 'my.own', data: 1 })).status).toBe(409);

    expect((await full.post('/event-store/erase', { subject: 'u-1' })).status).toBe(200);
  });

  it.each([
    {},
    { subject: '' },
    { subject: 7 },
    { subject: 'u-1', reasons: 'x' },
    { subject: 'x'.repeat(256) },
  ])('refuses %j', async (body) => {
    expect((await erase(body)).status).toBe(400);
  });
});

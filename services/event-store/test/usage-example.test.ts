import { hostEventStore, type EventStoreForTest } from './host-event-store';

const john = { email: 'john@example.com', first_name: 'John', last_name: 'Doe', role: 'user' };
const published = {
  type: 'user_created',
  aggregate_id: 'user-123',
  aggregate_type: 'user',
  data: { user_id: 'user-123', ...john },
  metadata: { source: 'web', ip_address: '192.168.1.1' },
};

describe('the documented example, command by command', () => {
  let store: EventStoreForTest;

  beforeAll(async () => {
    store = await hostEventStore();
  });

  afterAll(() => store.stop());

  it('creates a user', async () => {
    const answer = await store.post('/aggregates/', { type: 'user', id: 'user-123', initial_state: john });

    expect(answer).toMatchObject({ status: 201, body: { aggregate: 'user-123' } });
  });

  it('publishes that the user was created, as version 1', async () => {
    const answer = await store.post('/events/publish', { ...published, version: 1 });

    expect(answer).toMatchObject({
      status: 200,
      body: { message: 'Event published successfully', version: 1 },
    });
  });

  it('lists the events of the user', async () => {
    expect((await store.get('/events/aggregate/user-123')).body).toMatchObject({
      events: [
        { type: 'user.created', version: 0, data: john },
        { type: 'user.created', version: 1, data: published.data, metadata: published.metadata },
      ],
    });
  });

  it('takes a snapshot of version 10 once ten more events exist', async () => {
    const snapshot = { aggregate_id: 'user-123', version: 10, data: { ...john, status: 'active' } };
    expect((await store.post('/snapshots/', snapshot)).status).toBe(409);

    for (let version = 2; version <= 10; version += 1)
      expect((await store.post('/events/publish', { ...published, version })).status).toBe(200);

    expect(await store.post('/snapshots/', snapshot)).toMatchObject({
      status: 201,
      body: { message: 'Snapshot created successfully', version: 10 },
    });
  });

  it('shows what the store holds', async () => {
    expect(await store.get('/stats')).toMatchObject({ status: 200, body: { aggregate_count: 1 } });
  });
});

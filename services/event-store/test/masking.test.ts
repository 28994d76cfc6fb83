import { eventually } from '@fanfare/core/testing';
import { authForTest, bearer, connectWebSocket, tokenFor } from '@fanfare/service-kit/testing';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';

const address = 'ada@example.com';
const as = (role: string) => bearer(tokenFor({ roles: [role] }));

describe('sensitive fields', () => {
  let service: EventStoreForTest;

  beforeAll(async () => {
    service = await hostEventStore({}, { auth: authForTest });
    const write = async (path: string, body: unknown) => {
      const { status } = await service.post(path, body, as('operator'));
      expect([201, 202]).toContain(status);
    };
    await write('/aggregates', { type: 'user', id: 'u-1', initial_state: { email: address, name: 'Ada' } });
    await write('/snapshots', { aggregate_id: 'u-1' });
    await write('/observers', { id: 'mailbox', event_types: ['*'], start_from: 'beginning' });
    await write('/events', {
      id: 'e-2',
      type: 'user.updated',
      data: { user_id: 'u-1', changes: { email: address, role: 'x' } },
      metadata: { ip_address: '192.0.2.7', source: 'web' },
    });
  });
  afterAll(() => service.stop());

  const paths = [
    '/events',
    '/events/e-2',
    '/event-store/events',
    '/events/aggregate/u-1',
    '/events/type/user.*',
    '/aggregates/u-1',
    '/snapshots',
    '/snapshots/u-1',
    '/snapshots/u-1/latest',
    '/observers/mailbox/deliveries',
  ];

  it.each(paths)('are hidden from readers of %s, and shown to operators', async (path) => {
    const [reader, writer, operator] = await Promise.all(
      ['reader', 'writer', 'operator'].map(async (role) => {
        const { status, body } = await service.get(path, as(role));
        expect(status).toBe(200);
        return JSON.stringify(body);
      }),
    );

    expect(operator).toMatch(/ada@example\.com/);
    expect(operator).not.toContain('***');
    for (const text of [reader, writer]) {
      expect(text).toContain('"email":"***"');
      expect(text).not.toMatch(/ada@example\.com|192\.0\.2\.7/);
    }
  });

  it('leave everything else as it is, in records and in CloudEvents', async () => {
    expect((await service.get('/events/e-2', as('reader'))).body).toMatchObject({
      data: { user_id: 'u-1', changes: { email: '***', role: 'x' } },
      metadata: { ip_address: '***', source: 'web' },
    });
    const accept = { accept: 'application/cloudevents+json', ...as('reader') };
    expect((await service.get('/events/e-2', accept)).body).toMatchObject({
      data: { changes: { email: '***', role: 'x' } },
      metadata: JSON.stringify({ ip_address: '***', source: 'web' }),
    });
  });

  it.each([
    ['writer', 'bob@example.com', 201],
    ['writer', address, 201],
    ['operator', 'bob@example.com', 409],
    ['operator', address, 201],
  ])('of a snapshot are compared for operators only: a %s says %s', async (role, email, status) => {
    const take = (data: object) => service.post('/snapshots', { aggregate_id: 'u-1', data }, as(role));

    expect(await take({ email, name: 'Ada' })).toMatchObject({ status });
    expect(await take({ email, name: 'Bob' })).toMatchObject({ status: 409 });
  });

  it.each([
    ['writer', 'bob@example.com', 200],
    ['writer', address, 200],
    ['operator', 'bob@example.com', 409],
    ['operator', address, 200],
  ])(
    'of an event that is sent again are compared for operators only: a %s says %s',
    async (role, email, status) => {
      const send = (changes: object) => {
        const data = { user_id: 'u-1', changes };
        const metadata = { ip_address: '192.0.2.7', source: 'web' };
        return service.post('/events', { id: 'e-2', type: 'user.updated', data, metadata }, as(role));
      };

      expect(await send({ email, role: 'x' })).toMatchObject({ status });
      expect(await send({ email, role: 'y' })).toMatchObject({ status: 409 });
      expect((await service.get('/events/e-2', as('operator'))).body).toMatchObject({
        data: { changes: { email: address, role: 'x' } },
      });
    },
  );

  it('are hidden from readers who follow the log', async () => {
    const follow = async (role: string) => {
      const gone = new AbortController();
      const response = await fetch(`${service.url}${api}/events/stream?from_position=0`, {
        headers: as(role),
        signal: gone.signal,
      });
      let text = '';
      for await (const piece of response.body ?? []) {
        text += Buffer.from(piece).toString();
        if (text.includes('id: 1\n')) break;
      }
      gone.abort();
      return text;
    };

    expect(await follow('operator')).toContain(address);
    const seen = await follow('reader');
    expect([seen.includes('"email":"***"'), seen.includes(address)]).toEqual([true, false]);
  });

  it.each([
    ['reader', '***'],
    ['operator', address],
  ])('are shown to a %s on the WebSocket as %s', async (role, shown) => {
    const token = tokenFor({ sub: 'u-7', roles: [role] });
    const query = '?user_id=u-7&pattern=user.created&last_position=0';
    const client = await connectWebSocket(service.url, query, { headers: bearer(token) });
    const frame = await eventually(() => {
      const sent = client.frames.find(({ type }) => type === 'event.published');
      expect(sent).toBeDefined();
      return sent;
    });
    client.socket.terminate();

    expect(frame).toMatchObject({ event: { data: { email: shown, name: 'Ada' } } });
  });
});

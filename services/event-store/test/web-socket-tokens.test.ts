import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import {
  authForTest,
  bearer,
  connectWebSocket,
  expectProblem,
  refusedWith,
  tokenFor,
  type WebSocketTestClient,
  type WebSocketTestOptions,
} from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';

const reader = () => tokenFor({ sub: 'ann', roles: ['reader'] });

async function getTicket(service: EventStoreForTest, token = reader()): Promise<string> {
  const answer = await service.request(`${api}/ws/tickets`, { method: 'POST', headers: bearer(token) });
  expect(answer).toMatchObject({ status: 201, body: { expires_in: 30 } });
  expect(answer.headers['cache-control']).toBe('no-store');
  return (answer.body as { readonly ticket: string }).ticket;
}

describe('the WebSocket, where callers need a token', () => {
  let service: EventStoreForTest;
  const clients: WebSocketTestClient[] = [];

  async function connect(query = '', options: WebSocketTestOptions = {}): Promise<WebSocketTestClient> {
    const client = await connectWebSocket(service.url, query, options);
    clients.push(client);
    return client;
  }
  const refused = (query = '', options: WebSocketTestOptions = {}) =>
    refusedWith(service.url, query, options);

  beforeEach(async () => {
    service = await hostEventStore({}, { auth: authForTest });
  });
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.terminate();
    await service.stop();
  });

  it('opens with a token in the header, as a subprotocol, or with a ticket', async () => {
    const protocols = [`fanfare.jwt.${reader()}`, 'fanfare'];

    const [byHeader, byProtocol, byTicket] = [
      await connect('', { headers: bearer(reader()) }),
      await connect('', { protocols }),
      await connect(`?ticket=${await getTicket(service)}`),
    ];

    // the token is never sent back
    expect(byProtocol.socket.protocol).toBe('fanfare');
    for (const client of [byHeader, byProtocol, byTicket]) {
      expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
    }
  });

  it('stays shut without, with a bad one, and with more than one', async () => {
    const headers = bearer(reader());

    expect(await refused()).toBe(401);
    expect(await refused('', { headers: bearer('x.y.z') })).toBe(401);
    expect(await refused('', { protocols: ['fanfare', 'fanfare.jwt.x.y.z'] })).toBe(401);
    expect(await refused('?ticket=made-up')).toBe(401);
    expect(await refused(`?access_token=${reader()}`)).toBe(401);
    expect(await refused('', { headers: bearer(tokenFor({ roles: [] })) })).toBe(403);
    expect(await refused('', { headers, protocols: [`fanfare.jwt.${reader()}`] })).toBe(400);
    expect(await refused(`?ticket=${await getTicket(service)}`, { headers })).toBe(400);
  });

  it('is for the subject of the token, and for nobody else', async () => {
    const headers = bearer(reader());

    expect(await refused('?user_id=bob', { headers })).toBe(403);
    expect(await refused(`?user_id=bob&ticket=${await getTicket(service)}`)).toBe(403);
    await connect('?user_id=ann', { headers });
    await connect(`?user_id=ann&ticket=${await getTicket(service)}`);
  });

  it('is not for colleagues of a mediator', async () => {
    const bound = tokenFor({ roles: ['admin'], colleague: 'm/a' });

    expect(await refused('', { headers: bearer(bound) })).toBe(403);
    expect(await refused(`?ticket=${await getTicket(service, bound)}`)).toBe(403);
  });

  it('takes a ticket once, though several show it at the same time', async () => {
    const ticket = await getTicket(service);

    const statuses = await Promise.all(
      Array.from({ length: 5 }, () =>
        connect(`?ticket=${ticket}`).then(
          () => 'open',
          () => 'shut',
        ),
      ),
    );

    expect(statuses.sort()).toEqual(['open', 'shut', 'shut', 'shut', 'shut']);
  });

  it('gives tickets to those who may come, and to nobody else', async () => {
    const ask = (headers = {}) => service.request(`${api}/ws/tickets`, { method: 'POST', headers });

    expectProblem(await ask(), 401);
    expectProblem(await ask(bearer(tokenFor({ roles: [] }))), 403);
  });

  it('never writes a ticket into its log', async () => {
    const ticket = await getTicket(service);
    await refused(`?ticket=${ticket}`, { origin: 'https://foreign.example' });

    await eventually(() => {
      expect(service.logLines.filter(({ url }) => String(url).startsWith('/ws'))).not.toEqual([]);
    });
    expect(JSON.stringify(service.logLines)).not.toContain(ticket);
  });
});

describe('the WebSocket, as time goes by', () => {
  it('is closed with 4401 when the token ends, and its ticket is good for 30 seconds', async () => {
    const clock = createVirtualClock(new Date());
    await using service = await hostEventStore({}, { auth: authForTest, clock });
    const brief = (seconds: number) => {
      const iat = Math.floor(clock.now().getTime() / 1000);
      return tokenFor({ roles: ['reader'], iat, exp: iat + seconds });
    };
    const byToken = await connectWebSocket(service.url, '', { headers: bearer(brief(20)) });
    const byTicket = await connectWebSocket(service.url, `?ticket=${await getTicket(service, brief(20))}`);
    const longer = await connectWebSocket(service.url, '', { headers: bearer(brief(3_600)) });
    const ticket = await getTicket(service, brief(3_600));

    await clock.advance(21_000);

    const goodbye = { code: 4401, reason: 'the token has expired' };
    expect([await byToken.closed, await byTicket.closed]).toEqual([goodbye, goodbye]);
    expect(await longer.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
    await clock.advance(9_000);
    expect(await refusedWith(service.url, `?ticket=${ticket}`)).toBe(401);
    longer.socket.terminate();
  });
});

describe('the WebSocket, where nobody needs a token', () => {
  it('takes what clients bring along all the same', async () => {
    await using service = await hostEventStore();
    const ticket = await getTicket(service);

    const client = await connectWebSocket(service.url, `?user_id=anybody&ticket=${ticket}`);

    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
    client.socket.terminate();
  });
});

describeOnEveryDatabase('two instances of the event store', (_, underTest) => {
  it('take a ticket that either has given, once in all', async () => {
    const settings = { DATABASE_URL: await underTest.createUrl() };
    await using first = await hostEventStore(settings, { auth: authForTest });
    await using second = await hostEventStore(settings, { auth: authForTest });
    const ticket = await getTicket(first);

    const client = await connectWebSocket(second.url, `?ticket=${ticket}`);

    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
    for (const { url } of [first, second]) expect(await refusedWith(url, `?ticket=${ticket}`)).toBe(401);
    client.socket.terminate();
  });
});

import { eventually } from '@fanfare/core/testing';
import {
  authForTest,
  bearer,
  connectWebSocket,
  expectProblem,
  refusedWith,
  tokenFor,
  type TestResponse,
  type WebSocketTestClient,
} from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

const operator = bearer(tokenFor({ sub: 'olga', roles: ['operator'] }));
const writer = bearer(tokenFor({ sub: 'will', roles: ['writer'] }));
const reader = bearer(tokenFor({ sub: 'rita', roles: ['reader'] }));
/** Would be more than enough, were it not bound. */
const ann = bearer(tokenFor({ sub: 'ann', roles: ['admin'], colleague: 'm/ann' }));

describe('a token that is bound to a colleague', () => {
  let service: MediatorForTest;
  const sockets: WebSocketTestClient[] = [];

  const call = (method: string, path: string, body?: unknown, headers = ann): Promise<TestResponse> =>
    service.request(`/api/v1/mediators${path}`, { method, body, headers });

  async function begin(name: string, kind: string, ...ids: readonly string[]): Promise<void> {
    await call('POST', '', { name, kind }, operator);
    for (const id of ids) await call('POST', `/${name}/colleagues`, { id, name: id }, writer);
  }

  async function connect(query: string, headers: Readonly<Record<string, string>>) {
    const client = await connectWebSocket(service.url, query, { headers });
    sockets.push(client);
    return client;
  }

  beforeEach(async () => {
    service = await hostMediator({}, { auth: authForTest });
    await begin('m', 'message', 'ann', 'bob');
  });
  afterEach(async () => {
    for (const { socket } of sockets.splice(0)) socket.terminate();
    await service.stop();
  });

  it('sends in its own name only', async () => {
    const send = (sender: string, path = 'messages') =>
      call('POST', `/m/${path}`, { sender_id: sender, recipient_id: 'bob', message: 'x' });
    const broadcast = (sender: string) => call('POST', '/m/broadcast', { sender_id: sender, message: 'x' });

    expect((await send('ann')).status).toBe(200);
    expect((await broadcast('ann')).status).toBe(200);
    expectProblem(await send('bob'), 403);
    expectProblem(await broadcast('bob'), 403);
  });

  it('takes and settles what is in its own mailbox only', async () => {
    const toEach = (id: string, recipient: string) =>
      call('POST', '/m/messages', { id, sender_id: 'bob', recipient_id: recipient, message: 'x' }, writer);
    await toEach('a-1', 'ann');
    await toEach('b-1', 'bob');

    const taken = await call('GET', '/m/colleagues/ann/messages');
    expect(taken.body).toMatchObject({ messages: [{ id: 'a-1' }] });
    expect((await call('POST', '/m/colleagues/ann/messages/a-1/ack')).status).toBe(200);
    expect((await call('POST', '/m/colleagues/ann/heartbeat')).status).toBe(200);
    for (const [method, path] of [
      ['GET', 'messages'],
      ['POST', 'messages/b-1/ack'],
      ['POST', 'messages/b-1/nack'],
      ['POST', 'heartbeat'],
    ] as const) {
      expectProblem(await call(method, `/m/colleagues/bob/${path}`, method === 'POST' ? {} : undefined), 403);
    }
    expectProblem(await call('POST', '/m/colleagues/bob/messages/b-1/reply', { result: 1 }), 403);

    // nobody has touched it
    const bobs = await call('GET', '/m/colleagues/bob/messages', undefined, writer);
    expect(bobs.body).toMatchObject({ messages: [{ id: 'b-1', attempt: 1 }] });
  });

  it('looks after its own registration only', async () => {
    await call('DELETE', '/m/colleagues/ann', undefined, writer);
    const register = (id: string, headers = ann) => call('POST', '/m/colleagues', { id, name: id }, headers);

    expect((await register('ann')).status).toBe(201);
    expect((await call('GET', '/m/colleagues/ann')).body).toMatchObject({ id: 'ann' });
    expect((await call('PATCH', '/m/colleagues/ann', { name: 'Ann' })).status).toBe(200);
    expectProblem(await register('eve'), 403);
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      expectProblem(await call(method, '/m/colleagues/bob', body), 403);
    }
    expect((await call('DELETE', '/m/colleagues/ann')).status).toBe(200);
  });

  it('is nobody in another mediator, though a colleague has its id there', async () => {
    await begin('other', 'message', 'ann', 'bob');
    const message = { sender_id: 'ann', recipient_id: 'bob', message: 'x' };

    expectProblem(await call('GET', '/other/colleagues/ann/messages'), 403);
    expectProblem(await call('POST', '/other/messages', message), 403);
  });

  it('reads no list of messages, mediators or colleagues, and changes none, whatever its role', async () => {
    for (const path of ['', '/m', '/m/colleagues', '/m/messages', '/m/messages/x', '/m/definitions']) {
      expectProblem(await call('GET', path), 403);
    }
    expectProblem(await call('POST', '', { name: 'n' }), 403);
    expectProblem(await call('DELETE', '/m'), 403);
    expectProblem(await service.request('/ledger', { headers: ann }), 403);
    expectProblem(await service.request('/dead-letters', { headers: ann }), 403);
  });

  it('claims and holds tasks for itself only', async () => {
    await begin('board', 'task', 'ann', 'bob');
    const worker = bearer(tokenFor({ roles: ['writer'], colleague: 'board/ann' }));
    for (const id of ['t-1', 't-2']) await call('POST', '/board/tasks', { id, name: id }, writer);
    const claim = async (colleague: string, headers: typeof ann) => {
      const { status, body } = await call('POST', '/board/tasks/claim', { colleague_id: colleague }, headers);
      const [task] = (body as { tasks?: { id: string; token: number }[] }).tasks ?? [];
      return { status, id: task?.id ?? '', token: task?.token };
    };

    const own = await claim('ann', worker);
    const bobs = await claim('bob', writer);
    expect((await claim('bob', worker)).status).toBe(403);
    for (const verb of ['renew', 'complete', 'fail']) {
      const token = { token: bobs.token };
      expectProblem(await call('POST', `/board/tasks/${bobs.id}/${verb}`, token, worker), 403);
    }
    const renewed = await call('POST', `/board/tasks/${own.id}/renew`, { token: own.token }, worker);
    const done = await call('POST', `/board/tasks/${own.id}/complete`, { token: own.token }, worker);
    const bobsDone = await call('POST', `/board/tasks/${bobs.id}/complete`, { token: bobs.token }, writer);

    expect([renewed.status, done.status, bobsDone.status]).toEqual([200, 200, 200]);
  });

  it('is answered again when it says again that its try has failed, and finds its claim stale when that has run out', async () => {
    await begin('board', 'task', 'ann', 'bob');
    const worker = bearer(tokenFor({ roles: ['writer'], colleague: 'board/ann' }));
    await call('POST', '/board/tasks', { id: 't-1', name: 'n', retry: { delay_ms: 0 } }, writer);
    const claim = (colleague: string, headers = writer) =>
      call('POST', '/board/tasks/claim', { colleague_id: colleague, lease_ms: 100 }, headers);
    const fail = (token: number) => call('POST', '/board/tasks/t-1/fail', { token }, worker);

    await claim('ann', worker);
    const first = await fail(1);
    const again = await fail(1);
    expect([first.status, again.status, again.body]).toEqual([200, 200, first.body]);
    await claim('ann', worker);
    await eventually(async () => {
      expect((await call('GET', '/board/tasks/t-1', undefined, reader)).body).toMatchObject({
        error: { code: 'lease-expired' },
      });
    });
    expect(expectProblem(await fail(2), 409).code).toBe('stale-token');
    await claim('bob');
    expect(expectProblem(await fail(2), 409).code).toBe('stale-token');
  });

  it('sees no task of another whose try has failed, however well it guesses', async () => {
    await begin('board', 'task', 'ann', 'bob');
    const worker = bearer(tokenFor({ roles: ['writer'], colleague: 'board/ann' }));
    await call('POST', '/board/tasks', { id: 't-1', name: 'secret', retry: { max_attempts: 3 } }, writer);
    await call('POST', '/board/tasks/claim', { colleague_id: 'bob' }, writer);
    const failed = () => call('POST', '/board/tasks/t-1/fail', { token: 1 }, writer);
    expect((await failed()).status).toBe(200);

    expectProblem(await call('POST', '/board/tasks/t-1/fail', { token: 1 }, worker), 403);
    expect((await failed()).status).toBe(200);
  });

  it('leases resources for itself only', async () => {
    await begin('pool', 'resource', 'ann', 'bob');
    const worker = bearer(tokenFor({ roles: ['writer'], colleague: 'pool/ann' }));
    await call('POST', '/pool/resources', { name: 'r', capacity: 2 }, writer);
    const lease = async (colleague: string, headers: typeof ann) => {
      const { status, body } = await call(
        'POST',
        '/pool/resources/r/leases',
        { colleague_id: colleague },
        headers,
      );
      const { id = '', token } = body as { id?: string; token?: number };
      return { status, path: `/pool/resources/r/leases/${id}`, token };
    };

    const own = await lease('ann', worker);
    const bobs = await lease('bob', writer);
    expect((await lease('bob', worker)).status).toBe(403);
    for (const verb of ['renew', 'release']) {
      expectProblem(await call('POST', `${bobs.path}/${verb}`, { token: bobs.token }, worker), 403);
      expect((await call('POST', `${own.path}/${verb}`, { token: own.token }, worker)).status).toBe(200);
    }

    expect((await call('GET', bobs.path, undefined, reader)).body).toMatchObject({ status: 'held' });
  });

  it('opens the WebSocket of its own mailbox, and no other', async () => {
    const refused = (query: string, headers: Readonly<Record<string, string>> = ann) =>
      refusedWith(service.url, query, { headers });

    const client = await connect('?mediator=m&colleague=ann', ann);
    expect(await client.ask({ type: 'send', recipient_id: 'bob', message: 'x' })).toMatchObject({
      type: 'ok',
    });
    expect(
      await client.ask({ type: 'send', sender_id: 'bob', recipient_id: 'bob', message: 'x' }),
    ).toMatchObject({
      type: 'error',
    });
    expect(await refused('?mediator=m&colleague=bob')).toBe(403);
    expect(await refused('?mediator=m')).toBe(403);
    expect(await refused('')).toBe(403);
    expect(await refused('?mediator=m&colleague=ann', reader)).toBe(403);
    expect(await refused('?mediator=m&colleague=ann', {})).toBe(401);
  });

  it('may come to its WebSocket with a ticket', async () => {
    const answer = await service.request('/api/v1/ws/tickets', { method: 'POST', headers: ann });
    const { ticket } = answer.body as { readonly ticket: string };

    await connect(`?mediator=m&colleague=ann&ticket=${ticket}`, {});

    const { body } = await service.request('/api/v1/ws/tickets', { method: 'POST', headers: ann });
    const second = (body as { readonly ticket: string }).ticket;
    expect(await refusedWith(service.url, `?mediator=m&colleague=bob&ticket=${second}`)).toBe(403);
  });

  it('is what tells those who watch apart: operators read what messages say, others that there are some', async () => {
    const watchers = [await connect('', operator), await connect('?mediator=m', reader)];

    await call('POST', '/m/messages', { id: 'x', sender_id: 'ann', recipient_id: 'bob', message: 'secret' });
    await call('POST', '/m/broadcast', { id: 'y', sender_id: 'ann', message: 'secret' });

    const dataOf = (type: string) =>
      watchers.map(({ frames }) => frames.find((frame) => frame.type === type)?.['data']);
    await eventually(() => {
      for (const type of ['message_sent', 'message_broadcasted']) {
        const [seen, told] = dataOf(type);
        expect(seen).toMatchObject({ sender_id: 'ann', body: 'secret' });
        expect(told).toMatchObject({ sender_id: 'ann' });
        expect(told).not.toHaveProperty('body');
      }
    });
  });
});

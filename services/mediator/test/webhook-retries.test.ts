import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { openEndpoint, type Endpoint } from './open-endpoint';

interface ReceiptJson {
  readonly status: string;
  readonly attempts: number;
  readonly error: unknown;
}

describe('what an endpoint does not take', () => {
  let service: MediatorForTest;
  let endpoint: Endpoint;
  beforeEach(async () => {
    endpoint = await openEndpoint();
    service = await hostMediator();
  });
  afterEach(async () => {
    await service.stop();
    await endpoint[Symbol.asyncDispose]();
  });

  const retry = { max_attempts: 3, delay_ms: 10, factor: 1 };
  const called = (parts: object = {}) => ({ id: 'b', name: 'b', endpoint: endpoint.url, ...parts });
  const send = (body: object) =>
    service.post('/mediators/m/messages', { sender_id: 'a', recipient_id: 'b', retry, ...body });
  const receiptOf = async (id: string, from = service) => {
    const { body } = await from.get(`/mediators/m/messages/${id}`);
    return (body as { readonly receipts: readonly ReceiptJson[] }).receipts[0];
  };
  const becomes = (id: string, receipt: object, from = service) =>
    eventually(async () => {
      expect(await receiptOf(id, from)).toMatchObject(receipt);
    });

  it.each([408, 425, 429, 500, 503])(
    'with %i comes again with the same id, until it is taken',
    async (status) => {
      await service.begin({ name: 'm' }, 'a', called());
      endpoint.answer(() => (endpoint.posted.length < 3 ? status : 204));
      await send({ id: 'm-1', message: 1 });
      await becomes('m-1', { status: 'acked', attempts: 3 });

      expect(endpoint.ids()).toEqual(['m-1', 'm-1', 'm-1']);
      expect(endpoint.posted.map(({ headers }) => headers['ce-attempt'])).toEqual(['1', '2', '3']);
    },
  );

  it('after the last try is a dead letter with the reason, which can be sent again', async () => {
    await service.begin({ name: 'm' }, 'a', called());
    endpoint.answer(() => ({ status: 503, body: { detail: 'closed for today' } }));
    await send({ id: 'm-1', message: 1 });

    await becomes('m-1', {
      status: 'dead',
      attempts: 3,
      error: { code: 'http-503', message: 'closed for today', retryable: true },
    });
    const { body } = await service.get('/mediators/m/messages?receipt=dead');
    expect(body).toMatchObject({ messages: [{ id: 'm-1', status: 'failed' }] });

    endpoint.answer(() => 204);
    await service.post('/mediators/m/messages/m-1/redrive');
    await becomes('m-1', { status: 'acked' });
  });

  it.each([400, 401, 404, 409, 410, 413])('with %i is a dead letter at once', async (status) => {
    await service.begin({ name: 'm' }, 'a', called());
    endpoint.answer(() => status);
    await send({ id: 'm-1', message: 1 });

    await becomes('m-1', {
      status: 'dead',
      attempts: 1,
      error: { code: `http-${status}`, retryable: false },
    });
    expect(endpoint.posted).toHaveLength(1);
  });

  it('but sends elsewhere is a dead letter at once: redirects are not followed', async () => {
    await using elsewhere = await openEndpoint();
    await service.begin({ name: 'm' }, 'a', called());
    endpoint.answer(() => ({ status: 307, headers: { location: elsewhere.url } }));
    await send({ id: 'm-1', message: 1 });

    await becomes('m-1', { status: 'dead', attempts: 1, error: { code: 'http-307', retryable: false } });
    expect(elsewhere.posted).toEqual([]);
  });

  it('because nobody is there comes again, and is undelivered after the last try', async () => {
    const gone = await openEndpoint();
    await gone[Symbol.asyncDispose]();
    await service.begin({ name: 'm' }, 'a', called({ endpoint: gone.url }));
    await send({ id: 'm-1', message: 1 });

    await becomes('m-1', {
      status: 'dead',
      attempts: 3,
      error: { code: 'undelivered', message: expect.stringContaining('connection refused') as string },
    });
  });

  it('within the time limit of the message has failed, and comes again', async () => {
    await service.begin({ name: 'm' }, 'a', called());
    endpoint.answer(() => (endpoint.posted.length === 1 ? new Promise(() => undefined) : 204));
    await send({ id: 'm-1', message: 1, timeout_ms: 100 });

    await becomes('m-1', { status: 'acked', attempts: 2 });
  });

  it.each([
    ['http-503', () => 503],
    ['undelivered', () => new Promise<number>(() => undefined)],
  ])('of commands fails after the last try, with code %s', async (code, answer) => {
    await service.begin({ name: 'm', kind: 'command' }, 'a', called({ handles: ['work'] }));
    endpoint.answer(answer);

    // the limit is that of each try and of the answer: so the last try has to end before it
    const sent = await send({ id: 'c-1', message: { type: 'work' }, timeout_ms: 2_000, retry });

    if (code === 'undelivered') expect(sent.status).toBe(504);
    else expect(sent).toMatchObject({ status: 200, body: { status: 'failed', error: { code } } });
  });

  it('holds back only what comes from the same sender', async () => {
    await service.begin({ name: 'm' }, 'a', 'c', called());
    endpoint.answer(({ headers }) => (headers['ce-senderid'] === 'a' ? 503 : 204));
    const slow = { max_attempts: 100, delay_ms: 50, factor: 1 };
    for (const id of ['a-1', 'a-2']) await send({ id, message: id, retry: slow });
    for (const id of ['c-1', 'c-2']) await send({ id, sender_id: 'c', message: id });

    for (const id of ['c-1', 'c-2']) await becomes(id, { status: 'acked', attempts: 1 });
    expect(endpoint.ids()).not.toContain('a-2');
    endpoint.answer(() => 204);
    await becomes('a-2', { status: 'acked', attempts: 1 });
  });

  it('comes again no sooner than it asks for', async () => {
    const clock = createVirtualClock();
    await using slow = await hostMediator({}, { clock });
    await slow.begin({ name: 'm' }, 'a', called());
    const arrivedAt: number[] = [];
    endpoint.answer(() => {
      arrivedAt.push(clock.elapsedMs());
      return arrivedAt.length === 1 ? { status: 503, headers: { 'retry-after': '7' } } : 204;
    });
    const body = { id: 'm-1', sender_id: 'a', recipient_id: 'b', message: 1, timeout_ms: 3_600_000, retry };
    await slow.post('/mediators/m/messages', body);

    await eventually(async () => {
      await clock.advance(100);
      expect(await receiptOf('m-1', slow)).toMatchObject({ status: 'acked', attempts: 2 });
    });

    const [first = 0, second = 0] = arrivedAt;
    expect(second - first).toBeGreaterThanOrEqual(7_000);
  });
});

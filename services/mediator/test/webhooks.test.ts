import { createVerifier } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { createBarrier, openEndpoint, type Endpoint, type EndpointAnswer } from './open-endpoint';

const secret = `whsec_${Buffer.from('a secret of twenty-four+').toString('base64')}`;

describe('a colleague with an endpoint', () => {
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

  const called = (parts: object = {}) => ({ id: 'b', name: 'b', endpoint: endpoint.url, ...parts });
  const send = (body: object, mediator = 'm') =>
    service.post(`/mediators/${mediator}/messages`, { sender_id: 'a', recipient_id: 'b', ...body });
  const receiptsOf = async (id: string) => {
    const { body } = await service.get(`/mediators/m/messages/${id}`);
    return (body as { readonly receipts: readonly Readonly<Record<string, unknown>>[] }).receipts;
  };
  const acked = (id: string) =>
    eventually(async () => {
      expect(await receiptsOf(id)).toMatchObject([{ status: 'acked', attempts: 1, error: null }]);
    });

  it('is posted its messages as CloudEvents in binary mode, and acks them by any 2xx', async () => {
    await service.begin({ name: 'm' }, 'a', called());
    endpoint.answer(() => 201);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    const body = { id: 'm-1', sender_id: 'a', recipient_id: 'b', message: { text: 'hällo' } };
    await service.post(
      '/mediators/m/messages',
      { ...body, correlation_id: 'talk', priority: 'high' },
      { traceparent },
    );
    await acked('m-1');

    const [{ headers, body: content } = { headers: {}, body: null }] = endpoint.posted;
    expect(content).toEqual({ text: 'hällo' });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'm-1',
      'ce-type': 'message',
      'ce-source': '/mediator/m',
      'ce-subject': 'b',
      'ce-time': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      'ce-kind': 'message',
      'ce-senderid': 'a',
      'ce-priority': 'high',
      'ce-attempt': '1',
      'ce-correlationid': 'talk',
      traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-/) as string,
    });
    expect(headers).not.toHaveProperty('ce-deadline');
    expect(headers).not.toHaveProperty('webhook-signature');
  });

  it('with a secret is sent signatures by Standard Webhooks, of the id of the message', async () => {
    await service.begin({ name: 'm' }, 'a', called({ secret }));
    await send({ id: 'm:1.2@b+c', message: 'x' });
    await acked('m:1.2@b+c');

    const [{ headers, text } = { headers: {}, text: '' }] = endpoint.posted;
    expect(headers).toMatchObject({ 'webhook-id': 'm:1%2E2@b+c' });
    expect(createVerifier({ secrets: [secret] }).verify(headers, text)).toMatchObject({ ok: true });
  });

  it.each<[string, EndpointAnswer, object]>([
    ['200 with JSON', { status: 200, body: { total: 3 } }, { status: 'completed', result: { total: 3 } }],
    ['204', 204, { status: 'completed', result: null }],
    [
      '422',
      { status: 422, body: { detail: 'out of stock', error: 'conflict' } },
      { status: 'failed', error: { code: 'http-422', message: 'out of stock', retryable: false } },
    ],
    [
      '404 with an error',
      { status: 404, body: { error: 'no such item' } },
      { status: 'failed', error: { code: 'http-404', message: 'no such item', retryable: false } },
    ],
    [
      '409 with a text',
      { status: 409, body: 'sold' },
      { status: 'failed', error: { code: 'http-409', message: 'sold', retryable: false } },
    ],
  ])('answers a command by %s', async (_, answer, expected) => {
    endpoint.answer(() => answer);
    await service.begin({ name: 'm', kind: 'command' }, 'a', called({ handles: ['reserve'] }));

    const sent = await send({ recipient_id: undefined, message: { type: 'reserve', data: { quantity: 2 } } });

    expect(sent).toMatchObject({ status: 200, body: expected });
    const [{ headers, body } = { headers: {}, body: null }] = endpoint.posted;
    expect(headers).toMatchObject({ 'ce-kind': 'command', 'ce-type': 'reserve' });
    expect(headers).toHaveProperty('ce-deadline');
    expect(body).toEqual({ quantity: 2 });
    expect(endpoint.posted).toHaveLength(1);
  });

  it('fails a command with an answer that is nested too deeply to be kept, after the last try', async () => {
    const body = '['.repeat(1_000) + ']'.repeat(1_000);
    endpoint.answer(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body }));
    await service.begin({ name: 'm', kind: 'command' }, 'a', called({ handles: ['reserve'] }));

    const sent = await send({ message: { type: 'reserve' }, retry: { max_attempts: 2, delay_ms: 1 } });

    expect(sent.body).toMatchObject({ status: 'failed', error: { code: 'invalid' } });
    expect(endpoint.posted).toHaveLength(2);
  });

  it('may take a command by 202 and answer it later', async () => {
    endpoint.answer(() => 202);
    await service.begin({ name: 'm', kind: 'command' }, 'a', called({ handles: ['reserve'] }));
    const sending = send({ id: 'c-1', message: { type: 'reserve' } });
    await acked('c-1');

    await service.post('/mediators/m/colleagues/b/messages/c-1/reply', { result: 'done' });

    expect(await sending).toMatchObject({ status: 200, body: { status: 'completed', result: 'done' } });
    expect(endpoint.posted).toHaveLength(1);
  });

  it('is replaced by another between two messages, and the sender does not know', async () => {
    await using other = await openEndpoint();
    await service.begin({ name: 'm', kind: 'command' }, 'a', called({ handles: ['pay'] }));
    const pay = () => send({ recipient_id: undefined, message: { type: 'pay' } });
    other.answer(() => ({ status: 200, body: { by: 'new' } }));
    endpoint.answer(() => ({ status: 200, body: { by: 'old' } }));

    expect((await pay()).body).toMatchObject({ result: { by: 'old' } });
    await service.delete('/mediators/m/colleagues/b');
    await service.post('/mediators/m/colleagues', {
      id: 'c',
      name: 'c',
      handles: ['pay'],
      endpoint: other.url,
    });

    expect((await pay()).body).toMatchObject({ result: { by: 'new' } });
  });

  it('is posted what waits at the endpoint and with the secret that it has by then', async () => {
    await using other = await openEndpoint();
    await service.begin({ name: 'm' }, 'a', called());
    const barrier = createBarrier();
    endpoint.answer(async () => {
      await barrier.wait();
      return 204;
    });
    await send({ id: 'm-1', message: 1 });
    await send({ id: 'm-2', message: 2 });
    await eventually(() => {
      expect(endpoint.ids()).toEqual(['m-1']);
    });

    await service.patch('/mediators/m/colleagues/b', { endpoint: other.url, secret });
    barrier.lift();
    await acked('m-2');

    expect(endpoint.ids()).toEqual(['m-1']);
    const [{ headers, text } = { headers: {}, text: '' }] = other.posted;
    expect(createVerifier({ secrets: [secret] }).verify(headers, text)).toMatchObject({ ok: true });
  });

  it('is posted nothing while it is inactive, and then what has waited, in order', async () => {
    await service.begin({ name: 'm' }, 'a', called());
    endpoint.answer(() => 503);
    const retry = { max_attempts: 100, delay_ms: 10, factor: 1 };
    for (const id of ['m-1', 'm-2']) await send({ id, message: id, retry });
    await eventually(() => {
      expect(endpoint.posted.length).toBeGreaterThan(2);
    });
    await service.patch('/mediators/m/colleagues/b', { active: false });
    await eventually(() => {
      expect(endpoint.open).toBe(0);
    });
    const before = endpoint.posted.length;
    endpoint.answer(() => 204);
    expect((await send({ message: 3 })).body).toMatchObject({ code: 'colleague-not-active' });

    await service.patch('/mediators/m/colleagues/b', { active: true });
    await eventually(async () => {
      expect(await receiptsOf('m-2')).toMatchObject([{ status: 'acked' }]);
    });
    expect(endpoint.ids().slice(before)).toEqual(['m-1', 'm-2']);
  });

  it('that moves from polling to an endpoint is posted what waits in its mailbox', async () => {
    await service.begin({ name: 'm' }, 'a', 'b');
    await send({ id: 'm-1', message: 1 });

    await service.patch('/mediators/m/colleagues/b', { endpoint: endpoint.url });
    await acked('m-1');

    await service.patch('/mediators/m/colleagues/b', { endpoint: null });
    await send({ id: 'm-2', message: 2 });
    await eventually(async () => {
      const { body } = await service.get('/mediators/m/colleagues/b/messages');
      expect(body).toMatchObject({ messages: [{ id: 'm-2' }] });
    });
    expect(endpoint.ids()).toEqual(['m-1']);
  });

  it('is posted plain messages one at a time for each sender, in the order in which they were accepted', async () => {
    const senders = ['s1', 's2', 's3'];
    await service.begin({ name: 'm' }, ...senders, called());
    const barrier = createBarrier();
    endpoint.answer(async () => {
      await barrier.wait();
      return 204;
    });

    for (let index = 0; index < 15; index += 1) {
      for (const sender of senders)
        await send({ id: `${sender}-${index}`, sender_id: sender, message: index });
    }
    barrier.lift();

    await acked('s3-14');
    await eventually(() => {
      expect(endpoint.posted).toHaveLength(45);
    });
    expect(endpoint.mostOpen).toBe(3);
    for (const sender of senders) {
      const got = endpoint.posted.filter(({ headers }) => headers['ce-senderid'] === sender);
      expect(got.map(({ body }) => body)).toEqual(Array.from({ length: 15 }, (_, index) => index));
    }
  });

  it('is posted commands side by side, up to its concurrency', async () => {
    await service.begin({ name: 'm', kind: 'command' }, 'a', called({ handles: ['work'], concurrency: 3 }));
    const barrier = createBarrier();
    endpoint.answer(async () => {
      await barrier.wait();
      return 204;
    });
    const sent = Array.from({ length: 7 }, (_, index) => send({ message: { type: 'work', data: index } }));
    await eventually(() => {
      expect(endpoint.open).toBe(3);
    });

    barrier.lift();

    for (const answer of await Promise.all(sent)) expect(answer.body).toMatchObject({ status: 'completed' });
    expect(endpoint.mostOpen).toBe(3);
  });

  it('that is slow delays neither those who send nor other colleagues', async () => {
    await using quick = await openEndpoint();
    const barrier = createBarrier();
    endpoint.answer(async () => {
      await barrier.wait();
      return 204;
    });
    await service.begin({ name: 'm' }, 'a', called(), { id: 'c', name: 'c', endpoint: quick.url });

    const ids = Array.from({ length: 20 }, (_, index) => `m-${index}`);
    for (const id of ids) {
      const { body } = await service.post('/mediators/m/broadcast', { id, sender_id: 'a', message: id });
      expect(body).toMatchObject({ recipients: ['b', 'c'] });
    }
    await eventually(() => {
      expect(quick.ids()).toEqual(ids);
    });

    expect(endpoint.ids()).toEqual(['m-0']);
    barrier.lift();
    await eventually(() => {
      expect(endpoint.ids()).toEqual(ids);
    });
  });
});

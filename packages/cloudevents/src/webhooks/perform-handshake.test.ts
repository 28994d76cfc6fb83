import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { useServers, type Reply, type SentRequest } from '../testing/use-servers';
import { createHandshake } from './answer-handshake';
import { performHandshake, readCallbackGrant } from './perform-handshake';

const origin = 'events.example.com';
const consent = { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '10' };

describe('the handshake of a sender', () => {
  const servers = useServers();

  it('asks the exact URL that events will go to, in OPTIONS, and comes to terms with a receiver', async () => {
    const { answer } = createHandshake({ allowedOrigins: [origin], allowedRate: 100 });
    const reply = jest.fn(({ headers }: SentRequest): Reply => answer(headers));
    const url = await servers.answer(reply);

    const result = await performHandshake(`${url.replace('//', '//ann:secret@')}/events?tenant=1`, {
      origin,
      rate: 120,
    });

    expect(result).toEqual({ outcome: 'granted', origin, rate: 100 });
    const [request] = reply.mock.calls[0] ?? [];
    expect(request).toMatchObject({ method: 'OPTIONS', path: '/events?tenant=1' });
    expect(request?.headers).toMatchObject({
      'webhook-request-origin': origin,
      'webhook-request-rate': '120',
      authorization: `Basic ${btoa('ann:secret')}`,
    });
    expect(request?.headers).not.toHaveProperty('webhook-request-callback');
  });

  it.each([
    ['*', '*', '*', 'unlimited'],
    ['EVENTS.example.com', '240', 'EVENTS.example.com', 240],
  ])('is granted by %s at %s', async (allowedOrigin, allowedRate, grantedOrigin, rate) => {
    const headers = { 'WebHook-Allowed-Origin': allowedOrigin, 'WebHook-Allowed-Rate': allowedRate };
    const url = await servers.answer(() => ({ status: 204, headers }));

    const result = await performHandshake(url, { origin, rate: 120 });

    expect(result).toEqual({ outcome: 'granted', origin: grantedOrigin, rate });
  });

  it('needs no word about the rate when it did not ask for one', async () => {
    const url = await servers.answer(() => ({ status: 200, headers: { 'webhook-allowed-origin': '*' } }));

    const result = await performHandshake(url, { origin });

    expect(result).toEqual({ outcome: 'granted', origin: '*', rate: 'unlimited' });
  });

  const refusals: readonly (readonly [Reply, string])[] = [
    [{ status: 200 }, 'answered without WebHook-Allowed-Origin'],
    [
      { status: 204, headers: { ...consent, 'webhook-allowed-origin': 'a.example' } },
      `allowed a.example, not ${origin}`,
    ],
    [{ status: 200, headers: { 'webhook-allowed-origin': '*' } }, 'answered without WebHook-Allowed-Rate'],
    [
      { status: 200, headers: { ...consent, 'webhook-allowed-rate': '0' } },
      'answered a WebHook-Allowed-Rate that is no rate',
    ],
    [
      { status: 200, headers: { ...consent, 'webhook-allowed-rate': '1.5' } },
      'answered a WebHook-Allowed-Rate that is no rate',
    ],
    [{ status: 302, headers: { ...consent, location: '/elsewhere' } }, 'answered 302'],
    [{ status: 405 }, 'answered 405'],
    [{ status: 500, headers: consent }, 'answered 500'],
  ];

  it.each(refusals)('takes %j for no consent', async (answer, reason) => {
    const reply = jest.fn<Reply, [SentRequest]>(() => answer);
    const url = await servers.answer(reply);
    const callback = 'https://events.example.com/confirm?key=a b';

    const refused = await performHandshake(url, { origin, rate: 120 });
    const pending = await performHandshake(url, { origin, rate: 120, callback });

    expect(refused).toEqual({ outcome: 'refused', status: answer.status, reason });
    expect(pending).toEqual({ outcome: 'pending', status: answer.status, reason });
    expect(reply.mock.calls.map(([{ headers }]) => headers['webhook-request-callback'])).toEqual([
      undefined,
      'https://events.example.com/confirm?key=a%20b',
    ]);
  });

  it('calls a receiver that cannot be reached undelivered, not refused, and says why', async () => {
    const url = await servers.connect((socket) => socket.resetAndDestroy());

    const result = await performHandshake(url, { origin });

    expect(result).toMatchObject({
      outcome: 'undelivered',
      cause: { message: expect.stringContaining('the connection closed before an answer came') as string },
    });
  });

  it('does not wait for ever for an answer', async () => {
    const clock = createVirtualClock();
    const reply = jest.fn(() => undefined);
    const url = await servers.answer(reply);

    const asking = performHandshake(url, { origin, clock, timeoutMs: 3_000 });
    await eventually(() => {
      expect(reply).toHaveBeenCalled();
    });
    await clock.advance(3_000);

    expect(await asking).toMatchObject({
      outcome: 'undelivered',
      cause: { message: 'no answer within 3000 ms' },
    });
  });

  it('waits for no body', async () => {
    const clock = createVirtualClock();
    const url = await servers.connect((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nwebhook-allowed-origin: *\r\nwebhook-allowed-rate: *\r\n');
      socket.write('content-length: 1000000\r\n\r\nx');
    });

    const result = await performHandshake(url, { origin, clock });

    expect(result.outcome).toBe('granted');
    await eventually(() => {
      expect(clock.pending).toBe(0);
    });
  });

  it('can be given up', async () => {
    const stop = new AbortController();
    const url = await servers.answer(() => {
      stop.abort();
      return undefined;
    });

    const result = await performHandshake(url, { origin, signal: stop.signal });

    expect(result.outcome).toBe('undelivered');
  });

  it.each([
    ['ftp://a.example', { origin }],
    ['elsewhere', { origin }],
    ['http://a.example', { origin: 'https://events.example.com' }],
    ['http://a.example', { origin: 'a\r\nb' }],
    ['http://a.example', { origin, rate: 0 }],
    ['http://a.example', { origin, callback: '/confirm' }],
  ])('is not performed with %s and %j', async (url, options) => {
    await expect(performHandshake(url, options)).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a grant by callback', () => {
  it('is for the rate that it names, else for what was asked for', () => {
    expect(readCallbackGrant({ 'webhook-allowed-rate': '10' }, 120)).toBe(10);
    expect(readCallbackGrant({ 'webhook-allowed-rate': '*' }, 120)).toBe('unlimited');
    expect(readCallbackGrant({}, 120)).toBe(120);
  });

  it('is none when what it names is no rate', () => {
    expect(readCallbackGrant({ 'webhook-allowed-rate': 'often' }, 120)).toBeNull();
  });
});

import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { InvalidEventError } from '../event/validate-event';
import { useServers, type SentRequest } from '../testing/use-servers';
import type { Client } from './client';
import { createClient, type ClientOptions } from './create-client';
import { formatResult, type Result } from './result';

const event = { type: 'order.created', source: '/orders', data: { quantity: 2 } };
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const servers = useServers();

type LookupCallback = (error: Error) => void;

function open(url: string, options?: ClientOptions): Client {
  return servers.own(createClient(url, options));
}

/** Starts a server that answers 204, and returns what it was sent. */
async function record(): Promise<{ url: string; requests: SentRequest[] }> {
  const requests: SentRequest[] = [];
  const url = await servers.answer((request) => {
    requests.push(request);
    return { status: 204 };
  });
  return { url, requests };
}

function causeOf(result: Result): Error {
  if (result.outcome === 'ack') throw new Error('an ack has no cause');
  return result.cause;
}

describe('createClient', () => {
  it.each(['', 'nowhere', 'ftp://host/', 'file:///tmp', '//host', 'http://', 'http://a:%zz@host/'])(
    'refuses the URL %j at once',
    (url) => {
      expect(() => createClient(url)).toThrow(AppError);
    },
  );

  it('sends an event that has neither id nor time, as the quick start does', async () => {
    const clock = createVirtualClock();
    const { url, requests } = await record();

    const results = [await open(url, { clock }).send(event), await open(url, { clock }).send(event)];

    expect(results).toEqual([
      { outcome: 'ack', status: 204 },
      { outcome: 'ack', status: 204 },
    ]);
    const [first, second] = requests.map(({ headers }) => headers);
    expect(first).toMatchObject({ 'ce-time': '2026-01-01T00:00:00.000Z', 'ce-type': 'order.created' });
    expect(first?.['ce-id']).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(second?.['ce-id']).not.toBe(first?.['ce-id']);
  });

  it('keeps the id and the time that an event has, in structured mode too', async () => {
    const { url, requests } = await record();
    const whole = { ...event, specversion: '1.0', id: 'e-1', time: '2020-01-01T00:00:00.123456789Z' };

    await open(url, { mode: 'structured' }).send(whole);

    expect(requests[0]?.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(JSON.parse(String(requests[0]?.body))).toEqual(whole);
  });

  it('does not send an event that is not valid, and says which attribute is wrong', async () => {
    const { url, requests } = await record();

    const result = await open(url).send({ ...event, type: '', Bad_Name: 1 });

    expect(result).toMatchObject({ outcome: 'undelivered', retryable: false });
    expect(causeOf(result)).toBeInstanceOf(InvalidEventError);
    expect(causeOf(result).message).toMatch(/type: .*Bad_Name: /);
    expect(requests).toEqual([]);
  });

  it.each([
    ['data that JSON cannot hold', { ...event, data: 1n }, {}],
    ['headers that HTTP cannot carry', event, { headers: { 'x-odd': 'a\r\nb: c' } }],
  ])('reports %s as undelivered for good', async (_, odd, options) => {
    const { url } = await record();

    expect(await open(url, options).send(odd)).toMatchObject({ outcome: 'undelivered', retryable: false });
  });

  it('sends the headers of the client and of the call, but lets none of them change the event', async () => {
    const { url, requests } = await record();
    let token = 1;
    const headers = () => ({ authorization: `Bearer ${token++}`, 'Ce-Id': 'forged', 'x-from': 'client' });
    const client = open(url, { headers });

    await client.send(
      { ...event, id: 'e-1' },
      { headers: { 'x-from': 'call', 'Content-Type': 'text/odd', 'Content-Length': '3' } },
    );
    await client.send(event);

    expect(requests.map((request) => request.headers)).toMatchObject([
      { authorization: 'Bearer 1', 'x-from': 'call', 'ce-id': 'e-1', 'content-type': 'application/json' },
      { authorization: 'Bearer 2', 'x-from': 'client' },
    ]);
  });

  it.each(['plain', 'café', 'Zoë 🎺', '\u0080ÿ'])(
    'sends the text %j, and headers beside it, as they are',
    async (text) => {
      const { url, requests } = await record();

      await open(url, { headers: { 'x-from': 'Zoë' } }).send({ ...event, data: text });

      expect(requests[0]?.body.toString()).toBe(JSON.stringify(text));
      expect(requests[0]?.headers).toMatchObject({
        'x-from': 'Zoë',
        'content-length': String(Buffer.byteLength(JSON.stringify(text))),
      });
    },
  );

  it('logs in with the user of the URL, and keeps it out of messages', async () => {
    const { url, requests } = await record();
    const [, address = ''] = url.split('//');

    await open(`http://us%40er:pass%3A@${address}/path?key=1`).send(event);
    expect(requests[0]?.headers.authorization).toBe(`Basic ${btoa('us@er:pass:')}`);

    const refused = await open(`http://user:secret@127.0.0.1:${await freePort()}/path?key=1`).send(event);
    expect(formatResult(refused)).not.toMatch(/secret|key=1/);
  });

  it('carries the trace context as header and, where the event has none, as attribute', async () => {
    const { url, requests } = await record();
    const client = open(url);
    const older = trace.replace('01', '00');

    await client.send(event, { traceparent: trace });
    await client.send({ ...event, traceparent: older });
    await client.send({ ...event, traceparent: older }, { traceparent: trace });

    const pairs = requests.map(({ headers }) => [headers['traceparent'], headers['ce-traceparent']]);
    expect(pairs).toEqual([
      [trace, trace],
      [older, older],
      [trace, older],
    ]);
  });

  it('compresses bodies above the given size only, and signs what the receiver sees after that', async () => {
    const { url, requests } = await record();
    const sign = jest.fn((message: { body: string | Uint8Array }, { id }: { id: string }) => ({
      'x-signature': `${id} of ${Buffer.byteLength(message.body)}`,
    }));
    const client = open(url, { gzipAboveBytes: 100, sign });

    await client.send({ ...event, id: 'small', data: 'x'.repeat(98) });
    await client.send({ ...event, id: 'large', data: 'x'.repeat(99) });

    const [small, large] = requests;
    expect(small?.headers).toMatchObject({ 'content-length': '100', 'x-signature': 'small of 100' });
    expect(small?.headers).not.toHaveProperty('content-encoding');
    expect(large?.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-signature': 'large of 101' });
    expect(gunzipSync(large?.body ?? '').toString()).toBe(JSON.stringify('x'.repeat(99)));
  });
});

describe('the result of a send', () => {
  it.each([200, 201, 202, 204, 299])('is an ack for %i', async (status) => {
    const url = await servers.answer(() => ({ status }));

    expect(await open(url).send(event)).toEqual({ outcome: 'ack', status });
  });

  it.each([
    [301, false],
    [307, false],
    [400, false],
    [403, false],
    [422, false],
    [404, true],
    [408, true],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
  ])('is a nack for %i, retryable: %s, and redirects are not followed', async (status, retryable) => {
    const target = await record();
    const url = await servers.answer(() => ({ status, headers: { location: target.url } }));

    expect(await open(url).send(event)).toMatchObject({ outcome: 'nack', status, retryable });
    expect(target.requests).toEqual([]);
  });

  it.each([
    [
      'application/problem+json',
      JSON.stringify({ title: 'Bad', detail: 'type: is required' }),
      ': type: is required',
    ],
    ['application/problem+json', JSON.stringify({ title: 'Bad' }), ': Bad'],
    ['application/json', JSON.stringify({ detail: 7 }), ''],
    ['application/json', '{"detail":', ''],
    ['application/json', 'null', ''],
    ['text/plain; charset=utf-8', 'no room', ': no room'],
    ['text/html', '<h1>no</h1>', ''],
  ])('quotes the reason in %s %s', async (type, body, reason) => {
    const url = await servers.answer(() => ({ status: 400, headers: { 'content-type': type }, body }));

    expect(causeOf(await open(url).send(event)).message).toBe(`answered 400${reason}`);
  });

  it('passes on how long the receiver asks to wait', async () => {
    const clock = createVirtualClock(new Date('2026-01-01T00:00:00.000Z'));
    const url = await servers.answer(({ headers }) => ({
      status: 503,
      headers: { 'retry-after': headers['ce-id'] === 'a' ? '7' : 'Thu, 01 Jan 2026 00:01:00 GMT' },
    }));
    const client = open(url, { clock });

    expect(await client.send({ ...event, id: 'a' })).toMatchObject({ retryAfterMs: 7_000 });
    expect(await client.send({ ...event, id: 'b' })).toMatchObject({ retryAfterMs: 60_000 });
  });

  it('is undelivered and worth a retry when the connection is refused', async () => {
    const port = await freePort();

    const result = await open(`http://localhost:${port}`).send(event);

    expect(result).toMatchObject({ outcome: 'undelivered', retryable: true });
    expect(causeOf(result).message).toMatch(
      `http://localhost:${port}/: connection refused (connect ECONNREFUSED `,
    );
    expect(causeOf(result).cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is undelivered when the host name is not found', async () => {
    jest.spyOn(dns, 'lookup').mockImplementationOnce(((
      host: string,
      _: unknown,
      callback: LookupCallback,
    ) => {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
    }) as unknown as typeof dns.lookup);

    const result = await open('http://receiver.example').send(event);

    expect(formatResult(result)).toBe(
      'undelivered, may be retried: http://receiver.example/: host name not found (getaddrinfo ENOTFOUND receiver.example)',
    );
  });

  it.each([
    ['closes at once', (socket: { destroy(): unknown }) => void socket.destroy()],
    ['breaks within the head of its answer', breakAfter('HTTP/1.1 200 OK\r\ncontent-le')],
    ['does not speak HTTP', breakAfter('SSH-2.0-OpenSSH\r\n')],
  ])('is undelivered when the receiver %s', async (_, onConnection) => {
    const url = await servers.connect(onConnection);

    const result = await open(url).send(event);

    expect(result).toMatchObject({ outcome: 'undelivered', retryable: true });
    expect(causeOf(result).message).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/: ./);
  });

  it('is an ack once the head of the answer says so, even if its body breaks off', async () => {
    const url = await servers.connect(breakAfter('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));

    expect(await open(url).send(event)).toEqual({ outcome: 'ack', status: 200 });
  });

  it('is what the head says when the body never ends', async () => {
    const url = await servers.connect((socket) => {
      socket.write('HTTP/1.1 400 Bad\r\ncontent-type: text/plain\r\n\r\n');
      const fill = (error?: Error | null) => error ?? socket.write('x'.repeat(10_000), fill);
      socket.once('data', () => fill());
    });

    expect(await open(url, { maxResponseBytes: 50_000 }).send(event)).toMatchObject({
      outcome: 'nack',
      status: 400,
    });
  });

  it('is undelivered when no answer comes in time, which begins with the wait for a connection', async () => {
    const clock = createVirtualClock();
    let requests = 0;
    const url = await servers.answer(() => void (requests += 1));
    const client = open(url, { clock, maxConnections: 1, timeoutMs: 1_000 });

    const first = client.send(event);
    const second = client.send(event, { timeoutMs: 500 });
    await eventually(() => {
      expect(requests).toBe(1);
    });
    await clock.advance(500);
    expect(await second).toMatchObject({ outcome: 'undelivered', retryable: true });
    await clock.advance(500);
    expect(formatResult(await first)).toMatch(/no answer within 1000 ms$/);
    expect(clock.pending).toBe(0);
  });

  it('is undelivered and not worth a retry when the caller aborts, before or during the call', async () => {
    let requests = 0;
    const url = await servers.answer(() => void (requests += 1));
    const client = open(url, { maxConnections: 1 });
    const stop = new AbortController();
    const reason = new Error('shutting down');

    const running = [
      client.send(event, { signal: stop.signal }),
      client.send(event, { signal: stop.signal }),
    ];
    await eventually(() => {
      expect(requests).toBe(1);
    });
    stop.abort(reason);
    const results = [...(await Promise.all(running)), await client.send(event, { signal: stop.signal })];

    for (const result of results) {
      expect(result).toMatchObject({ outcome: 'undelivered', retryable: false });
      expect(causeOf(result)).toMatchObject({ cause: { cause: reason } });
    }
    expect(requests).toBe(1);
  });
});

describe('the connections of a client', () => {
  it('carry 1,000 sends over no more sockets than the pool has', async () => {
    const sockets = new Set<unknown>();
    const url = await servers.answer(({ socket }) => {
      sockets.add(socket);
      return { status: 204 };
    });
    const client = open(url, { maxConnections: 8 });

    const results = await Promise.all(Array.from({ length: 1_000 }, () => client.send(event)));

    expect(results.filter(({ outcome }) => outcome === 'ack')).toHaveLength(1_000);
    expect(sockets.size).toBeLessThanOrEqual(8);
  });

  it('are usable for the next event after each kind of answer', async () => {
    const sockets = new Set<unknown>();
    const url = await servers.answer(({ socket, headers }) => {
      sockets.add(socket);
      return {
        status: Number(headers['ce-id']),
        body: headers['ce-id'] === '204' ? '' : 'x'.repeat(100_000),
      };
    });
    const client = open(url);

    for (const id of ['200', '400', '503', '204', '302', '200']) await client.send({ ...event, id });

    expect(sockets.size).toBe(1);
  });

  it('report one that the receiver closed while idle as undelivered and worth a retry', async () => {
    let connections = 0;
    const url = await servers.connect((socket) => {
      connections += 1;
      socket.once('data', () => {
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
        socket.once('data', () => socket.destroy());
      });
    });
    const client = open(url);

    expect(await client.send(event)).toMatchObject({ outcome: 'ack' });
    expect(await client.send(event)).toMatchObject({ outcome: 'undelivered', retryable: true });
    expect(await client.send(event)).toMatchObject({ outcome: 'ack' });
    expect(connections).toBe(2);
  });

  it('close after the calls under way, and once', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const arrived = { requests: 0 };
    const url = await servers.answer(async () => {
      arrived.requests += 1;
      await held;
      return { status: 204 };
    });
    const client = open(url);
    const running = client.send(event);
    await eventually(() => {
      expect(arrived.requests).toBe(1);
    });

    const closed = Promise.all([client.close(), client.close()]);
    expect(await client.send(event)).toMatchObject({
      outcome: 'undelivered',
      retryable: false,
      cause: { message: 'the client is closed' },
    });
    release();

    expect(await running).toEqual({ outcome: 'ack', status: 204 });
    await closed;
    expect(arrived.requests).toBe(1);
  });
});

describe('the metrics of a client', () => {
  it('count each event with its outcome and its seconds', async () => {
    const clock = createVirtualClock();
    const sent: unknown[] = [];
    const url = await servers.answer(async ({ headers }) => {
      await clock.advance(250);
      return { status: headers['ce-id'] === 'bad' ? 400 : 200 };
    });
    const client = open(url, { clock, metrics: { sent: (...told) => void sent.push(told) } });

    await client.send({ ...event, id: 'good' });
    await client.request({ ...event, id: 'bad' });
    await client.sendBatch([event, { ...event, type: '' }]);

    expect(sent).toEqual([
      ['ack', 0.25],
      ['nack', 0.25],
      ['ack', 0.25],
      ['undelivered', 0.25],
    ]);
  });
});

/** A server that answers with this and closes. */
function breakAfter(text: string) {
  return (socket: {
    once: (event: 'data', listener: () => void) => unknown;
    end: (text: string) => unknown;
  }) => {
    socket.once('data', () => void socket.end(text));
  };
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

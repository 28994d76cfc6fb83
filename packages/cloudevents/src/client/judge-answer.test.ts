import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import dns from 'node:dns';
import { causeOf, newEvent as event, useClients } from '../testing/use-clients';
import { findFreePort } from '../testing/use-servers';
import { formatResult } from './result';

const { servers, open, record } = useClients();

type LookupCallback = (error: Error) => void;

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
    const port = await findFreePort();

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

/** A server that answers with this and closes. */
function breakAfter(text: string) {
  return (socket: {
    once: (event: 'data', listener: () => void) => unknown;
    end: (text: string) => unknown;
  }) => {
    socket.once('data', () => void socket.end(text));
  };
}

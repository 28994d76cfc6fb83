import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { useServers, type Reply } from '../testing/use-servers';
import { createClient } from './create-client';
import { formatResult, type Result } from './result';
import { withRetry, type RetryPolicy } from './with-retry';

const servers = useServers();
const event = { type: 'order.created', source: '/orders' };
const backoff = { firstMs: 1_000, maxMs: 8_000 };

/** A client whose receiver answers as `answers` says, and then 204; waits are at their ceiling: 1 s, 2 s, 4 s. */
async function open(answers: readonly (number | Reply)[], policy: RetryPolicy = {}) {
  const clock = createVirtualClock();
  const tries: { id: string; atMs: number; body: string }[] = [];
  const startMs = clock.elapsedMs();
  const url = await servers.answer(({ headers, body }) => {
    const answer = answers[tries.length] ?? 204;
    tries.push({ id: String(headers['ce-id']), atMs: clock.elapsedMs() - startMs, body: body.toString() });
    return typeof answer === 'number' ? { status: answer } : answer;
  });
  const inner = createClient(url, { clock });
  const client = servers.own(withRetry(inner, { clock, backoff, random: () => 1, ...policy }));
  return { client, clock, tries };
}

/** Lets time pass until the call ends. */
async function finish<T>(call: Promise<T>, clock: ReturnType<typeof createVirtualClock>): Promise<T> {
  let isSettled = false;
  void call.finally(() => (isSettled = true));
  return eventually(
    async () => {
      await clock.advance(isSettled ? 0 : 100);
      expect(isSettled).toBe(true);
      return call;
    },
    { everyMs: 0 },
  );
}

function letters() {
  const kept: { id: unknown; result: Result }[] = [];
  const deadLetter: RetryPolicy['deadLetter'] = ({ id }, result) => void kept.push({ id, result });
  return { kept, deadLetter };
}

describe('withRetry', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('tries again after %i, under the same id', async (status) => {
    const { client, clock, tries } = await open([status, status]);

    expect(await finish(client.send(event), clock)).toEqual({ outcome: 'ack', status: 204 });
    expect(tries).toHaveLength(3);
    expect(new Set(tries.map(({ id }) => id)).size).toBe(1);
  });

  it.each([301, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422])(
    'does not try again after %i',
    async (status) => {
      const { client, clock, tries } = await open([status]);

      expect(await finish(client.send(event), clock)).toMatchObject({ outcome: 'nack', status });
      expect(tries).toHaveLength(1);
    },
  );

  it('tries again when the connection is lost', async () => {
    const clock = createVirtualClock();
    let connections = 0;
    const url = await servers.connect((socket) => {
      connections += 1;
      if (connections < 3) socket.destroy();
      else socket.once('data', () => void socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    const client = servers.own(withRetry(createClient(url, { clock }), { clock, backoff }));

    expect(await finish(client.send(event), clock)).toEqual({ outcome: 'ack', status: 204 });
    expect(connections).toBe(3);
  });

  it('waits longer after each failure, and as long as the receiver asks', async () => {
    const busy: Reply = { status: 503, headers: { 'retry-after': '30' } };
    const { client, clock, tries } = await open([500, 500, busy]);

    await finish(client.send(event), clock);

    const waits = tries.slice(1).map(({ atMs }, index) => atMs - (tries[index]?.atMs ?? 0));
    expect(waits.map((ms) => Math.floor(ms / 1_000))).toEqual([1, 2, 30]);
  });

  it('gives up after the last try, and hands the event to the dead letters once', async () => {
    const { kept, deadLetter } = letters();
    const { client, clock, tries } = await open([500, 500, 503, 500], { maxAttempts: 3, deadLetter });

    const result = await finish(client.send({ ...event, id: 'e-1' }), clock);

    expect(result).toMatchObject({ outcome: 'nack', status: 503 });
    expect(tries).toHaveLength(3);
    expect(kept).toEqual([{ id: 'e-1', result }]);
  });

  it('hands an event to the dead letters at once when it will never be taken, or is not valid', async () => {
    const { kept, deadLetter } = letters();
    const { client, clock, tries } = await open([400], { deadLetter });

    await finish(client.send({ ...event, id: 'refused' }), clock);
    await finish(client.request({ ...event, id: 'invalid', type: '' }), clock);
    await finish(client.send({ ...event, id: 'taken' }), clock);

    expect(tries.map(({ id }) => id)).toEqual(['refused', 'taken']);
    expect(kept).toMatchObject([
      { id: 'refused', result: { outcome: 'nack', status: 400 } },
      { id: 'invalid', result: { outcome: 'undelivered', retryable: false } },
    ]);
  });

  it('reports dead letters that fail beside what they were for', async () => {
    const deadLetter = () => Promise.reject(new Error('disk full'));
    const { client, clock } = await open([400], { deadLetter });

    const result = await finish(client.send(event), clock);

    expect(formatResult(result)).toBe(
      'nack 400, not to be retried: answered 400; its dead letter failed: disk full',
    );
    expect(result).toMatchObject({
      cause: { errors: [{ message: 'answered 400' }, { message: 'disk full' }] },
    });
  });

  it('begins no wait that would end after the deadline, not even one that the receiver asks for', async () => {
    const busy: Reply = { status: 503, headers: { 'retry-after': '30' } };
    const { client, clock, tries } = await open([500, 500, busy], { deadlineMs: 20_000 });

    expect(await finish(client.send(event), clock)).toMatchObject({ retryAfterMs: 30_000 });
    expect(tries).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('lets no try last beyond the deadline', async () => {
    const clock = createVirtualClock();
    let requests = 0;
    const url = await servers.answer(() => void (requests += 1));
    const client = servers.own(withRetry(createClient(url, { clock }), { clock, backoff, deadlineMs: 500 }));

    const sent = client.send(event);
    await eventually(() => {
      expect(requests).toBe(1);
    });
    await clock.advance(500);

    expect(formatResult(await sent)).toMatch(/no answer within 500 ms$/);
    expect(requests).toBe(1);
  });

  it('stops waiting when the caller aborts, and leaves the event to the caller', async () => {
    const { kept, deadLetter } = letters();
    const url = await servers.answer(() => ({ status: 503 }));
    const clock = createVirtualClock();
    // whose own clock is another one, so that nothing but the wait is pending
    const inner = createClient(url);
    const client = servers.own(withRetry(inner, { clock, backoff, deadLetter }));
    const stop = new AbortController();

    const sent = client.send(event, { signal: stop.signal });
    await eventually(() => {
      expect(clock.pending).toBe(1);
    });
    stop.abort();

    expect(await sent).toMatchObject({ outcome: 'nack', status: 503 });
    expect([clock.pending, kept]).toEqual([0, []]);
  });

  it('stops waiting when it is closed, and keeps the event', async () => {
    const { kept, deadLetter } = letters();
    const { client, clock, tries } = await open([503], { deadLetter });

    const sent = client.send(event);
    await eventually(() => {
      expect([tries.length, clock.pending]).toEqual([1, 1]);
    });
    await client.close();

    expect(await sent).toMatchObject({ outcome: 'nack', status: 503 });
    expect(kept).toHaveLength(1);
    expect(tries).toHaveLength(1);
  });

  it('tries a request again until its reply comes', async () => {
    const reply = { specversion: '1.0', id: 'r-1', type: 'order.status', source: '/orders' };
    const headers = { 'content-type': 'application/cloudevents+json' };
    const { client, clock } = await open([503, { status: 200, headers, body: JSON.stringify(reply) }]);

    expect(await finish(client.request(event), clock)).toEqual({
      result: { outcome: 'ack', status: 200 },
      reply,
    });
  });

  it('sends of a batch only those again that failed and may yet be taken', async () => {
    const { kept, deadLetter } = letters();
    const { client, clock, tries } = await open(
      [listing({ a: 200, b: 400, c: 503, d: 503 }), listing({ c: 200, d: 503 }), listing({ d: 503 })],
      { maxAttempts: 3, deadLetter },
    );

    const events = ['a', 'b', 'c', 'd'].map((id) => ({ ...event, id }));
    const { result, perEvent } = await finish(client.sendBatch(events), clock);

    expect(
      tries.map(({ body }) => (JSON.parse(body) as { id: string }[]).map(({ id }) => id).join()),
    ).toEqual(['a,b,c,d', 'c,d', 'd']);
    expect(perEvent.map((one) => formatResult(one).slice(0, 8))).toEqual([
      'ack 200',
      'nack 400',
      'ack 200',
      'nack 503',
    ]);
    expect(result).toMatchObject({ outcome: 'nack', status: 400, retryable: true });
    expect(kept.map(({ id }) => id)).toEqual(['b', 'd']);
  });

  it('waits as long as the receiver asks for events of a batch, and not for those that it does not find', async () => {
    const later = listing({ a: 404, b: 503 }, { 'retry-after': '5' });
    const { client, clock, tries } = await open([later, listing({ b: 200 })]);
    const events = [{ ...event, type: '' }, ...['a', 'b'].map((id) => ({ ...event, id }))];

    const { perEvent } = await finish(client.sendBatch(events), clock);

    const [invalid, absent, taken] = perEvent;
    expect(invalid).toMatchObject({ outcome: 'undelivered', retryable: false });
    expect(absent).toMatchObject({ outcome: 'nack', status: 404, retryable: true });
    expect(taken).toEqual({ outcome: 'ack', status: 200 });
    expect(tries.map(({ atMs }) => Math.floor(atMs / 1_000))).toEqual([0, 5]);
  });

  it('says that a batch was taken when its last event is', async () => {
    const { client, clock } = await open([503, listing({ a: 200, b: 500 }), listing({ b: 200 })]);

    const { result } = await finish(client.sendBatch(['a', 'b'].map((id) => ({ ...event, id }))), clock);

    expect(result).toEqual({ outcome: 'ack', status: 200 });
  });
});

function listing(statuses: Record<string, number>, headers: Record<string, string> = {}): Reply {
  const results = Object.entries(statuses).map(([id, status]) => ({ id, source: event.source, status }));
  return {
    status: 207,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ results }),
  };
}

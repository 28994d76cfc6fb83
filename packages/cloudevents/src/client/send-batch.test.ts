import { createVirtualClock } from '@fanfare/core';
import { decodeJsonBatch } from '../codecs/json';
import { useServers, type Reply } from '../testing/use-servers';
import { createClient, type ClientOptions } from './create-client';

const servers = useServers();
const events = ['a', 'b', 'c'].map((id) => ({ id, type: 'order.created', source: '/orders' }));
const ok = { outcome: 'ack', status: 200 };

interface Report {
  id?: string;
  source?: string;
  status?: unknown;
  detail?: unknown;
}

async function open(answer: Reply, options: ClientOptions = {}) {
  const bodies: string[] = [];
  const url = await servers.answer(({ body, headers }) => {
    expect(headers['content-type']).toMatch(/^application\/cloudevents-batch\+json/);
    bodies.push(body.toString());
    return answer;
  });
  return { client: servers.own(createClient(url, options)), bodies };
}

function listing(status: number, results: readonly Report[], headers = {}): Reply {
  const body = JSON.stringify({ results: results.map((report) => ({ source: '/orders', ...report })) });
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

describe('sendBatch', () => {
  it('sends all events in one request, each with an id and a time', async () => {
    const { client, bodies } = await open({ status: 202 });

    const { result, perEvent } = await client.sendBatch([
      ...events,
      { type: 'order.created', source: '/orders' },
    ]);

    expect(result).toEqual({ outcome: 'ack', status: 202 });
    expect(perEvent).toHaveLength(4);
    expect(bodies).toHaveLength(1);
    const sent = decodeJsonBatch(bodies[0] ?? '');
    expect(sent.map(({ id }) => id.length)).toEqual([1, 1, 1, 36]);
    expect(sent.filter(({ time }) => time === undefined)).toEqual([]);
  });

  it('makes all events at one time, the next batch at the next, and their ids in this order', async () => {
    let nowMs = 0;
    const clock = { ...createVirtualClock(), now: () => new Date((nowMs += 1)) };
    const { client, bodies } = await open({ status: 202 }, { clock });
    const fresh = { type: 'order.created', source: '/orders' };

    await client.sendBatch([fresh, fresh]);
    await client.sendBatch([fresh]);

    const sent = bodies.flatMap((body) => decodeJsonBatch(body));
    const [first, second, third] = sent.map(({ time }) => Date.parse(time ?? ''));
    const ids = sent.map(({ id }) => id);
    expect(first).toBe(second);
    expect(third).toBeGreaterThan(first ?? Infinity);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });

  it('reports each event of a batch that was taken in part', async () => {
    const reports = [
      { id: 'a', status: 204 },
      { id: 'b', status: 400, detail: 'no such product' },
      { id: 'c', status: 503 },
    ];
    const { client } = await open(listing(207, reports, { 'retry-after': '2' }));

    const { result, perEvent } = await client.sendBatch(events);

    expect(perEvent).toMatchObject([
      { outcome: 'ack', status: 204 },
      { outcome: 'nack', status: 400, retryable: false, cause: { message: 'answered 400: no such product' } },
      { outcome: 'nack', status: 503, retryable: true, retryAfterMs: 2_000 },
    ]);
    expect(result).toMatchObject({ outcome: 'nack', status: 400, retryable: true });
  });

  it('prefers an answer that lists nothing when all events were taken alike', async () => {
    const preferences: unknown[] = [];
    const url = await servers.answer(({ headers }) => {
      preferences.push(headers['prefer']);
      return { status: 202 };
    });

    const { perEvent } = await servers.own(createClient(url)).sendBatch(events);

    expect(preferences).toEqual(['return=minimal']);
    const accepted = { outcome: 'ack', status: 202 };
    expect(perEvent).toEqual([accepted, accepted, accepted]);
  });

  it('is an ack when every event was taken', async () => {
    const { client } = await open(
      listing(
        200,
        events.map(({ id }) => ({ id, status: 200 })),
      ),
    );

    expect(await client.sendBatch(events)).toEqual({ result: ok, perEvent: [ok, ok, ok] });
  });

  it.each<[string, Report[]]>([
    ['too few results', [{ id: 'a', status: 200 }]],
    ['results of other events', ['a', 'b', 'x'].map((id) => ({ id, status: 200 }))],
    ['results of other sources', ['a', 'b', 'c'].map((id) => ({ id, source: '/x', status: 200 }))],
    ['statuses that are none', ['a', 'b', 'c'].map((id) => ({ id, status: '200' }))],
  ])('takes none for delivered when a 207 lists %s', async (_, reports) => {
    const { client } = await open(listing(207, reports));

    const { result, perEvent } = await client.sendBatch(events);

    expect(result).toMatchObject({ outcome: 'nack', status: 207, retryable: true });
    expect(perEvent).toEqual([result, result, result]);
  });

  it('gives every event the result of the whole when the receiver knows no other', async () => {
    const { client } = await open({ status: 413 });

    const { result, perEvent } = await client.sendBatch(events);

    expect(result).toMatchObject({ outcome: 'nack', status: 413, retryable: false });
    expect(perEvent).toEqual([result, result, result]);
  });

  it('leaves an event that is not valid behind, and sends the others', async () => {
    const { client, bodies } = await open({ status: 200 });

    const { result, perEvent } = await client.sendBatch([{ type: '', source: '/orders' }, ...events]);

    expect(perEvent).toMatchObject([{ outcome: 'undelivered', retryable: false }, ok, ok, ok]);
    expect(result).toMatchObject({ outcome: 'undelivered', retryable: false });
    expect(JSON.parse(bodies[0] ?? '')).toHaveLength(3);
  });

  it('sends nothing when no event is valid, and an empty list when there is none', async () => {
    const { client, bodies } = await open({ status: 200 });

    const { result, perEvent } = await client.sendBatch([{ type: '', source: '' }]);
    expect([result, ...perEvent]).toMatchObject([{ outcome: 'undelivered' }, { outcome: 'undelivered' }]);
    expect(await client.sendBatch([])).toEqual({ result: ok, perEvent: [] });

    expect(bodies).toEqual(['[]']);
  });

  it('is undelivered for every event when nobody answers', async () => {
    const url = await servers.connect((socket) => void socket.destroy());

    const { result, perEvent } = await servers.own(createClient(url)).sendBatch(events);

    expect(result).toMatchObject({ outcome: 'undelivered', retryable: true });
    expect(perEvent).toEqual([result, result, result]);
  });

  it('signs under an id of its own, so that a part sent again is no repetition of the whole', async () => {
    const ids: string[] = [];
    let next = 0;
    const options: ClientOptions = {
      newId: () => `made-${(next += 1)}`,
      sign: (_, { id }) => ({ 'webhook-id': String(ids.push(id)) }),
    };
    const { client } = await open({ status: 200 }, options);

    await client.sendBatch(events);
    await client.sendBatch(events.slice(1));

    expect(ids).toEqual(['made-1', 'made-2']);
  });
});

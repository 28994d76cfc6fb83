import { useServers, type Reply } from '../testing/use-servers';
import { createClient, type ClientOptions } from './create-client';
import { formatResult } from './result';

const servers = useServers();
const event = { id: 'q-1', type: 'order.status.query', source: '/shop' };
const reply = { specversion: '1.0', id: 'r-1', type: 'order.status', source: '/orders', causationid: 'q-1' };
const structured = 'application/cloudevents+json; charset=utf-8';

async function ask(answer: Reply, options?: ClientOptions) {
  const url = await servers.answer(() => answer);
  return servers.own(createClient(url, options)).request(event);
}

describe('request', () => {
  it('returns the reply event, in structured mode', async () => {
    const whole = { ...reply, datacontenttype: 'application/json', data: { status: 'shipped' } };

    const answer = await ask({
      status: 200,
      headers: { 'content-type': structured },
      body: JSON.stringify(whole),
    });

    expect(answer).toEqual({ result: { outcome: 'ack', status: 200 }, reply: whole });
  });

  it('returns the reply event, in binary mode', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'r-1',
      'ce-type': 'order.status',
      'ce-source': '/orders',
      'ce-causationid': 'q-1',
      'content-type': 'application/json',
    };

    const answer = await ask({ status: 201, headers, body: '{"status":"shipped"}' });

    expect(answer.result).toEqual({ outcome: 'ack', status: 201 });
    expect(answer.reply).toEqual({
      ...reply,
      datacontenttype: 'application/json',
      data: { status: 'shipped' },
    });
  });

  it('tells the receiver that a reply is wanted', async () => {
    const seen: unknown[] = [];
    const url = await servers.answer(({ headers }) => {
      seen.push(headers['prefer']);
      return { status: 204 };
    });
    const client = servers.own(createClient(url));

    await client.request(event);
    await client.send(event);

    expect(seen).toEqual(['reply', undefined]);
  });

  it.each<[string, Reply]>([
    ['an empty 200', { status: 200 }],
    ['a 204', { status: 204 }],
    ['a 200 with a page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>thanks</p>' }],
    [
      'a 202, whatever it holds',
      { status: 202, headers: { 'content-type': structured }, body: JSON.stringify(reply) },
    ],
  ])('is an ack without a reply for %s', async (_, answer) => {
    expect(await ask(answer)).toEqual({ result: { outcome: 'ack', status: answer.status } });
  });

  it.each([{ status: 'shipped' }, ['a'], 'text', 0, false, null])(
    'returns %j of an answer that is JSON and no event',
    async (json) => {
      const headers = { 'content-type': 'application/json; charset=utf-8' };

      expect(await ask({ status: 200, headers, body: JSON.stringify(json) })).toEqual({
        result: { outcome: 'ack', status: 200 },
        json,
      });
    },
  );

  it.each([
    [{ detail: 'out of stock', error: 'conflict', title: 'Conflict' }, 'out of stock'],
    [{ error: 'no such item', title: 'Bad Request' }, 'no such item'],
    [{ error: { code: 7 }, title: 'Bad Request' }, 'Bad Request'],
    [{ code: 7 }, undefined],
  ])('says of a refusal with %j the reason %j', async (problem, reason) => {
    const headers = { 'content-type': 'application/problem+json' };

    expect(await ask({ status: 422, headers, body: JSON.stringify(problem) })).toMatchObject({
      result: { outcome: 'nack', status: 422, reason },
    });
  });

  it.each<[string, string, Record<string, string>, string]>([
    ['has no id', 'id: ', { 'content-type': structured }, JSON.stringify({ ...reply, id: undefined })],
    ['is malformed', 'JSON', { 'content-type': structured }, '{'],
    ['has no id in its headers', 'id: ', { 'ce-specversion': '1.0', 'ce-type': 't', 'ce-source': '/s' }, ''],
    [
      'is a batch',
      'batch',
      { 'content-type': 'application/cloudevents-batch+json' },
      JSON.stringify([reply]),
    ],
    ['has a format that is not known', '', { 'content-type': 'application/cloudevents+avro' }, 'x'],
    ['is broken JSON', '', { 'content-type': 'application/json' }, '{"a":'],
  ])(
    'is a nack, with the reason and not to be retried, for a reply that %s',
    async (_, reason, headers, body) => {
      const { result, reply: none } = await ask({ status: 200, headers, body });

      expect(result).toMatchObject({ outcome: 'nack', status: 200, retryable: false });
      expect(formatResult(result)).toContain('no valid reply: ');
      expect(formatResult(result)).toContain(reason);
      expect(none).toBeUndefined();
    },
  );

  it('is a nack, to be retried, for a reply that breaks off, and not for one that is too long', async () => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${structured}\r\ncontent-length: 1000\r\n\r\n`;
    const url = await servers.connect((socket) => {
      socket.once('data', () => void socket.end(`${head}{"id"`));
    });
    const { result } = await servers.own(createClient(url)).request(event);
    expect(result).toMatchObject({ outcome: 'nack', status: 200, retryable: true });

    const long: Reply = { status: 200, headers: { 'content-type': structured }, body: ' '.repeat(200) };
    const cut = await ask(long, { maxResponseBytes: 100 });
    expect(formatResult(cut.result)).toBe(
      'nack 200, not to be retried: no valid reply: the answer is longer than 100 bytes',
    );
  });

  it('says of an event that was refused or lost what send says', async () => {
    expect(await ask({ status: 400 })).toMatchObject({ result: { outcome: 'nack', status: 400 } });
    const url = await servers.connect((socket) => void socket.destroy());
    expect(await servers.own(createClient(url)).request(event)).toMatchObject({
      result: { outcome: 'undelivered' },
    });
  });
});

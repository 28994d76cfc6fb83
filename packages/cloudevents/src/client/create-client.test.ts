import { AppError, createVirtualClock } from '@fanfare/core';
import { gunzipSync } from 'node:zlib';
import { InvalidEventError } from '../event/validate-event';
import { causeOf, newEvent as event, useClients } from '../testing/use-clients';
import { findFreePort } from '../testing/use-servers';
import { createClient } from './create-client';
import { formatResult } from './result';

const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const { open, record } = useClients();

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

    const refused = await open(`http://user:secret@127.0.0.1:${await findFreePort()}/path?key=1`).send(event);
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

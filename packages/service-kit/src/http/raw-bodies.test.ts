import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { hostForTest, serviceWith, type HostedForTest } from '../testing';
import { problemBody } from './problem';
import { defineRoute, reply } from './route';

const limitBytes = 1_000;

const routes = [
  defineRoute({
    method: 'post',
    path: '/raw',
    role: 'writer',
    summary: 'Give back the bytes',
    rawBody: { limitBytes },
    responses: {},
    handle: ({ rawBody, headers }) =>
      reply(200, { type: headers['content-type'], bytes: rawBody.toString('base64') }),
  }),
  defineRoute({
    method: 'post',
    path: '/json',
    role: 'writer',
    summary: 'Give back the text',
    body: z.string(),
    bodyLimitBytes: limitBytes,
    responses: {},
    handle: ({ body }) => reply(200, body),
  }),
];

describe('a raw body', () => {
  let service: HostedForTest;

  beforeEach(async () => {
    service = await hostForTest(() => serviceWith({ routes }));
  });
  afterEach(() => service.stop());

  const post = (path: string, body?: Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${service.url}${path}`, {
      method: 'POST',
      headers,
      ...(body && { body: new Uint8Array(body) }),
    });

  async function expectRefusal(answer: Promise<Response>, status: number): Promise<string> {
    const response = await answer;
    expect(response.status).toBe(status);
    return problemBody.parse(await response.json()).code;
  }

  it.each(['application/cloudevents-batch+json', 'application/avro', 'application/json'])(
    'of type %s comes as the bytes that were sent',
    async (type) => {
      const bytes = randomBytes(limitBytes);

      const answer: unknown = await (await post('/raw', bytes, { 'content-type': type })).json();

      expect(answer).toEqual({ type, bytes: bytes.toString('base64') });
    },
  );

  it('may have no type, and may be missing', async () => {
    const bytes = Buffer.from('{"not": parsed');

    expect(await (await post('/raw', bytes)).json()).toEqual({ bytes: bytes.toString('base64') });
    expect(await (await post('/raw')).json()).toEqual({ bytes: '' });
    expect(await (await post('/raw', undefined, { 'content-encoding': 'gzip' })).json()).toEqual({
      bytes: '',
    });
  });

  it.each(['gzip', 'x-gzip', 'GZIP'])('in the content encoding %s is inflated', async (encoding) => {
    const bytes = Buffer.alloc(limitBytes, 'x');

    const answer = await post('/raw', gzipSync(bytes), { 'content-encoding': encoding });

    expect(await answer.json()).toEqual({ bytes: bytes.toString('base64') });
  });

  it.each(['br', 'deflate', 'gzip, gzip'])('in the content encoding %s is refused', async (encoding) => {
    const answer = post('/raw', Buffer.from('x'), { 'content-encoding': encoding });

    expect(await expectRefusal(answer, 415)).toBe('unsupported-media-type');
    expect((await answer).headers.get('accept-encoding')).toBe('gzip, identity');
  });

  it('that is broken gzip is refused', async () => {
    const whole = gzipSync('some text');
    for (const broken of [Buffer.from('some text'), whole.subarray(0, -1), whole.subarray(0, 12)]) {
      expect(await expectRefusal(post('/raw', broken, { 'content-encoding': 'gzip' }), 400)).toBe('invalid');
    }
  });

  it('beyond its limit is refused, as it came or inflated', async () => {
    const inflatesTo = (bytes: number) => gzipSync(Buffer.alloc(bytes));
    const gzip = { 'content-encoding': 'gzip' };

    expect(await expectRefusal(post('/raw', Buffer.alloc(limitBytes + 1)), 413)).toBe('too-large');
    expect(await expectRefusal(post('/raw', inflatesTo(limitBytes + 1), gzip), 413)).toBe('too-large');
    expect(await expectRefusal(post('/raw', gzipSync(randomBytes(limitBytes)), gzip), 413)).toBe('too-large');
  });
});

describe('a JSON body with a limit of its own', () => {
  it('is refused beyond it, as it came or inflated', async () => {
    await using service = await hostForTest(() => serviceWith({ routes }));
    const status = async (length: number, headers: Readonly<Record<string, string>> = {}) => {
      const text = JSON.stringify('x'.repeat(length - 2));
      const response = await fetch(`${service.url}/json`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: headers['content-encoding'] ? new Uint8Array(gzipSync(text)) : text,
      });
      return response.status;
    };

    expect([await status(limitBytes), await status(limitBytes + 1)]).toEqual([200, 413]);
    const gzip = { 'content-encoding': 'gzip' };
    expect([await status(limitBytes, gzip), await status(limitBytes + 1, gzip)]).toEqual([200, 413]);
  });
});

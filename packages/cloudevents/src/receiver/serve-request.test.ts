import type { IncomingMessage } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import type { CloudEvent } from '../event/cloud-event';
import { createHandshake } from '../webhooks/answer-handshake';
import { createSigner } from '../webhooks/sign-webhook';
import { createVerifier } from '../webhooks/verify-webhook';
import { expectProblem } from '../testing/expect-problem';
import {
  createGate,
  sampleEvent,
  toBatch,
  toBinary,
  toStructured,
  useReceivers,
} from '../testing/use-receivers';
import { ack, nack } from './handler';
import type { ReceiverOptions } from './receiver-options';

const start = useReceivers();

/** A receiver that remembers what its handler got. */
async function startRecording(options?: ReceiverOptions) {
  const events: unknown[] = [];
  const started = await start((event) => void events.push(event), options);
  return { ...started, events };
}

const event = { ...sampleEvent, data: { total: 5 } };

describe('a request', () => {
  it.each([
    ['binary', toBinary(event)],
    ['structured', toStructured(event)],
    ['batch', toBatch([event])],
  ])('in %s mode reaches the handler', async (_, init) => {
    const { request, events } = await startRecording();

    const { status } = await request(init);

    expect(status).toBe(_ === 'batch' ? 200 : 204);
    expect(events).toEqual([expect.objectContaining(event)]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('with the method %s is refused', async (method) => {
    const { request } = await startRecording();

    const answer = await request({ method });

    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('that is malformed JSON is the fault of its sender', async () => {
    const { request } = await startRecording();

    expectProblem(await request({ ...toStructured(event), body: '{"id":' }), 400);
  });

  it('that lacks attributes is told which', async () => {
    const { request } = await startRecording();

    const problem = expectProblem(await request(toStructured({ specversion: '1.0', id: 'e-1' })), 400);

    expect(problem['problems']).toMatchObject([{ attribute: 'source' }, { attribute: 'type' }]);
  });

  it.each([
    ['no type', {}],
    ['another type', { 'content-type': 'text/html' }],
    ['a format that is not JSON', { 'content-type': 'application/cloudevents+avro' }],
  ])('with %s is refused', async (_, headers) => {
    const { request } = await startRecording();

    expectProblem(await request({ headers, body: new Uint8Array([1]) }), 415);
  });
});

describe('a body', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('in %s is decoded', async (encoding, encode) => {
    const { request, events } = await startRecording();
    const { headers, body } = toBinary(event, { 'content-encoding': encoding });

    await request({ headers, body: encode(body) });

    expect(events).toEqual([expect.objectContaining(event)]);
  });

  it('in another content encoding is refused', async () => {
    const { request } = await startRecording();

    expectProblem(await request(toBinary(event, { 'content-encoding': 'br' })), 415);
    expectProblem(await request(toBinary(event, { 'content-encoding': 'gzip, gzip' })), 415);
  });

  it('that is not in the content encoding that it claims is refused', async () => {
    const { request } = await startRecording();

    expectProblem(await request(toBinary(event, { 'content-encoding': 'gzip' })), 400);
  });

  it('is refused beyond 1 MiB, also when that shows only after it is decoded', async () => {
    const { request, events } = await startRecording();
    const { headers, body } = toBinary({ ...event, data: 'x'.repeat(2 * 1024 * 1024) });

    expectProblem(await request({ headers, body }), 413);
    expectProblem(
      await request({
        headers: { ...headers, 'content-encoding': 'gzip' },
        body: gzipSync(body),
      }),
      413,
    );
    expect(events).toEqual([]);
  });

  it('is refused beyond the limit when its length is not told before', async () => {
    const { request } = await startRecording();
    const stream = new Blob(['x'.repeat(2 * 1024 * 1024)]).stream();

    expectProblem(await request({ ...toBinary(event), body: stream, duplex: 'half' }), 413);
  });

  it('of exactly 1 MiB is taken', async () => {
    const { send } = await startRecording();

    expect((await send({ data: 'x'.repeat(1024 * 1024 - 2) })).status).toBe(204);
  });
});

describe('a batch', () => {
  it('is answered with what became of each event', async () => {
    const { sendBatch } = await start(({ id }) => (id === 'b' ? nack(422, 'not this one') : undefined));

    const { status, headers, json } = await sendBatch([{ id: 'a' }, { id: 'b' }]);

    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 207,
      type: 'application/json; charset=utf-8',
    });
    expect(json).toEqual({
      results: [
        { id: 'a', source: '/orders', status: 204 },
        { id: 'b', source: '/orders', status: 422, detail: 'not this one' },
      ],
    });
  });

  it('of which some may be taken later says when to send them again', async () => {
    const { sendBatch } = await start(({ id }) => (id === 'b' ? nack(503, 'later', 3_000) : undefined));

    const { status, headers } = await sendBatch([{ id: 'a' }, { id: 'b' }]);

    expect([status, headers.get('retry-after')]).toEqual([207, '3']);
  });

  it('of which all are taken is answered with 200, an empty one too', async () => {
    const { sendBatch } = await startRecording();

    expect(await sendBatch([{ id: 'a' }, { id: 'b' }])).toMatchObject({
      status: 200,
      json: { results: [{ status: 204 }, { status: 204 }] },
    });
    expect(await sendBatch([])).toMatchObject({ status: 200, json: { results: [] } });
  });

  it.each([
    ['all are taken alike', () => undefined, 204, undefined],
    [
      'some are taken otherwise',
      ({ id }: CloudEvent) => (id === 'b' ? ack(202) : undefined),
      200,
      [204, 202],
    ],
    ['some are refused', ({ id }: CloudEvent) => (id === 'b' ? nack(422, 'no') : undefined), 207, [204, 422]],
    ['all are refused', () => nack(422, 'no'), 422, [422, 422]],
  ] as const)(
    'is answered without a list to a sender that prefers it, and only where %s',
    async (_, handler, status, results) => {
      const { sendBatch } = await start(handler);

      const answer = await sendBatch([{ id: 'a' }, { id: 'b' }], { prefer: 'return=minimal' });

      expect(answer.status).toBe(status);
      expect(answer.headers.get('preference-applied')).toBe(results ? null : 'return=minimal');
      if (results) expect(answer.json).toMatchObject({ results: results.map((each) => ({ status: each })) });
      else expect(answer.text).toBe('');
    },
  );

  it('of which all are refused for the same reason is refused, and says when to come again', async () => {
    const { sendBatch } = await start(() => nack(503, 'later', 3_000));

    const answer = await sendBatch([{ id: 'a' }, { id: 'b' }]);

    expect(expectProblem(answer, 503)['results']).toMatchObject([
      { id: 'a', status: 503 },
      { id: 'b', status: 503 },
    ]);
    expect(answer.headers.get('retry-after')).toBe('3');
  });

  it('with an event that is not valid is refused as a whole, naming it', async () => {
    const { sendBatch, events } = await startRecording();

    const problem = expectProblem(await sendBatch([{ id: 'a' }, { id: '' }]), 400);

    expect(problem['problems']).toEqual([expect.objectContaining({ attribute: '[1].id' })]);
    expect(events).toEqual([]);
  });

  it('is handled event by event, in its order', async () => {
    const gate = createGate();
    const { sendBatch } = await start(gate.handler);
    const sending = sendBatch([{ id: 'a' }, { id: 'b' }]);

    for (const id of ['a', 'b']) {
      await eventually(() => {
        expect(gate.ids()).toEqual([id]);
      });
      gate.openAll();
    }

    expect((await sending).status).toBe(200);
  });
});

describe('the order', () => {
  it('is that of arrival for events of one key, while others go on', async () => {
    const gate = createGate();
    const { sendBatch, send } = await start(gate.handler, { ordered: ({ subject }) => subject });
    const sending = sendBatch([
      { id: 'x1', subject: 'x' },
      { id: 'x2', subject: 'x' },
      { id: 'y1', subject: 'y' },
      { id: 'none1' },
      { id: 'none2' },
    ]);
    await eventually(() => {
      expect(gate.ids()).toEqual(['x1', 'y1', 'none1', 'none2']);
    });
    const later = send({ id: 'x3', subject: 'x' });

    for (const id of ['x2', 'x3']) {
      gate.openAll();
      await eventually(() => {
        expect(gate.ids()).toEqual([id]);
      });
    }
    gate.openAll();

    expect([(await sending).status, (await later).status]).toEqual([200, 204]);
  });

  it('is that of arrival: a slow event is not overtaken by a fast one of its key', async () => {
    const gate = createGate();
    const ended: string[] = [];
    const { send } = await start(
      async (event) => {
        if (event.id === 'slow') await gate.handler(event);
        ended.push(event.id);
      },
      { ordered: () => 'all' },
    );
    const slow = send({ id: 'slow' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['slow']);
    });
    const fast = send({ id: 'fast' });
    gate.openAll();
    await Promise.all([slow, fast]);

    expect(ended).toEqual(['slow', 'fast']);
  });

  it('is none without a key: a fast event overtakes a slow one', async () => {
    const gate = createGate();
    const { send } = await start((event) => (event.id === 'slow' ? gate.handler(event) : undefined));
    const slow = send({ id: 'slow' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['slow']);
    });

    expect((await send({ id: 'fast' })).status).toBe(204);
    gate.openAll();
    await slow;
  });

  it('by a key that cannot be told is a failure of the receiver', async () => {
    const onError = jest.fn();
    const ordered = () => {
      throw new Error('no key');
    };
    const { send, sendBatch, events } = await startRecording({ ordered, onError });

    expectProblem(await send({}), 500);
    expectProblem(await sendBatch([{}, {}]), 500);

    expect(events).toEqual([]);
    expect(onError).toHaveBeenCalledTimes(2);
  });
});

describe('a full queue', () => {
  it('turns senders away until there is room, and tells them when to come again', async () => {
    const gate = createGate();
    const onError = jest.fn();
    const { send } = await start(gate.handler, { concurrency: 1, maxQueued: 1, onError });
    const running = send({ id: 'a' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['a']);
    });
    const others = [send({ id: 'b' }), send({ id: 'b' })];

    const refused = await Promise.race(others);
    gate.openAll();
    await eventually(() => {
      expect(gate.ids()).toEqual(['b']);
    });
    gate.openAll();

    expectProblem(refused, 503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await running).status).toBe(204);
    expect((await Promise.all(others)).map(({ status }) => status).sort()).toEqual([204, 503]);
    expect(onError).not.toHaveBeenCalled();
  });
});

describe('a filter', () => {
  const filter = [{ prefix: { type: 'order.' } }];

  it.each([
    ['binary', toBinary],
    ['structured', toStructured],
  ])('has what does not pass in %s mode acknowledged and not handled', async (_, lay) => {
    const { request, events } = await startRecording({ filter });

    expect((await request(lay({ ...event, type: 'user.created' }))).status).toBe(202);
    expect((await request(lay(event))).status).toBe(204);

    expect(events).toHaveLength(1);
  });

  it('has the data of what does not pass never parsed in binary mode', async () => {
    const { request } = await startRecording({ filter });
    const notJson = (type: string) => ({ ...toBinary({ ...event, type }), body: '{' });

    expect((await request(notJson('user.created'))).status).toBe(202);
    expectProblem(await request(notJson('order.created')), 400);
    expectProblem(await request(toBinary({ ...event, type: 'user.created', id: '' })), 400);
  });

  it('looks at each event of a batch', async () => {
    const { sendBatch } = await startRecording({ filter });

    const { json } = await sendBatch([{ type: 'user.created' }, {}]);

    expect(json).toMatchObject({ results: [{ status: 202 }, { status: 204 }] });
  });

  it('that is none is refused before anything starts', async () => {
    await expect(start(() => undefined, { filter: [{ exact: {} }] })).rejects.toThrow(AppError);
  });
});

describe('authentication', () => {
  const authenticate = ({ headers }: IncomingMessage) => {
    if (headers.authorization === undefined) return { status: 401, detail: 'who are you?' } as const;
    return headers.authorization === 'Bearer good'
      ? 'ok'
      : ({ status: 403, detail: 'you may not', headers: { 'x-reason': 'scope' } } as const);
  };

  it('lets in whom it knows and turns away others', async () => {
    const { send, events } = await startRecording({ authenticate });

    const unknown = await send({});
    const forbidden = await send({}, { authorization: 'Bearer bad' });
    const known = await send({}, { authorization: 'Bearer good' });

    expect(expectProblem(unknown, 401)['detail']).toBe('who are you?');
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer');
    expect(expectProblem(forbidden, 403)['detail']).toBe('you may not');
    expect(forbidden.headers.get('x-reason')).toBe('scope');
    expect(known.status).toBe(204);
    expect(events).toHaveLength(1);
  });

  it('that cannot be decided now is answered with 503', async () => {
    const onError = jest.fn();
    const { send } = await startRecording({
      authenticate: () => Promise.reject(new AppError('unavailable', 'the directory is away')),
      onError,
    });

    expectProblem(await send({}), 503);

    expect(onError).toHaveBeenCalledTimes(1);
  });

  it('by signature takes what was signed, and nothing else', async () => {
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
    const clock = createVirtualClock();
    const { request, events } = await startRecording({ verifier: createVerifier({ secrets, clock }) });
    const { headers, body } = toStructured(event);
    const signed = {
      ...headers,
      ...createSigner({ secrets, clock }).sign({ id: 'm-1', body: body }),
    };

    expect((await request({ headers: signed, body: body })).status).toBe(204);
    expectProblem(await request({ headers: signed, body: `${body} ` }), 401);
    expectProblem(await request(toStructured(event)), 401);

    expect(events).toHaveLength(1);
  });
});

describe('the handshake of web hooks', () => {
  const handshake = createHandshake({ allowedOrigins: ['sender.example'], allowedRate: 120 });

  it('tells an origin that it may send here, and how much', async () => {
    const { request } = await startRecording({ handshake });

    const { status, headers } = await request({
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': 'sender.example', 'webhook-request-rate': '600' },
    });

    expect(status).toBe(200);
    expect(headers.get('webhook-allowed-origin')).toBe('sender.example');
    expect(headers.get('webhook-allowed-rate')).toBe('120');
    expect(headers.get('allow')).toBe('OPTIONS, POST');
  });

  it('keeps out events of other origins', async () => {
    const { send, request, events } = await startRecording({ handshake });

    expectProblem(await send({}), 403);
    expect((await send({}, { 'webhook-request-origin': 'sender.example' })).status).toBe(204);
    expect((await request({ method: 'GET' })).headers.get('allow')).toBe('OPTIONS, POST');

    expect(events).toHaveLength(1);
  });
});

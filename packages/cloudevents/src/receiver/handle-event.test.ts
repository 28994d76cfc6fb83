import type { Socket } from 'node:net';
import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import { isAck } from '../client/result';
import type { CloudEvent } from '../event/cloud-event';
import { createEvent } from '../event/create-event';
import { expectProblem } from '../testing/expect-problem';
import {
  binaryHead,
  createGate,
  sampleEvent,
  toBinary,
  toStructured,
  useReceivers,
} from '../testing/use-receivers';
import { createReceiver } from './create-receiver';
import { ack, nack, type Handler, type HandlerAnswer, type HandlerContext } from './handler';
import { createMemoryInbox } from './memory-inbox';

const start = useReceivers();

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const other = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('what a handler returns', () => {
  it('is nothing: the event is taken, and there is nothing to say', async () => {
    const { send } = await start(async () => undefined);

    expect(await send({})).toMatchObject({ status: 204, text: '' });
  });

  it('is an ack with a status, which is one for whoever tests the handler too', async () => {
    const { send } = await start(() => ack(202));

    expect(await send({})).toMatchObject({ status: 202, text: '' });
    expect(isAck(ack(200))).toBe(true);
    expect(isAck(nack(400, 'no'))).toBe(false);
  });

  it('is a nack whose status and words, with any sign of a format, reach the sender', async () => {
    const reason = 'invalid event type: %s [foo] %!(EXTRA "x")';
    const { send } = await start(() => nack(422, reason));

    expect(expectProblem(await send({}), 422)['detail']).toBe(reason);
  });

  it('is a nack that says when to come again, in whole seconds', async () => {
    const onError = jest.fn();
    const { send } = await start(() => nack(503, 'later', 1_500), { onError });

    const answer = await send({});

    expectProblem(answer, 503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(onError).not.toHaveBeenCalled();
  });

  it.each([199, 300, 400])('is never an ack with %i', (status) => {
    expect(() => ack(status)).toThrow(AppError);
  });

  it.each([200, 399, 600])('is never a nack with %i', (status) => {
    expect(() => nack(status, 'no')).toThrow(AppError);
  });

  const reply = createEvent({ id: 'r-1', source: '/payments', type: 'payment.made', data: { paid: true } });

  it.each([
    ['binary', toBinary({ ...sampleEvent, correlationid: 'c-1' })],
    ['structured', toStructured({ ...sampleEvent, correlationid: 'c-1' })],
  ])('is a reply, which in %s mode comes back with the ids of its request', async (mode, init) => {
    const { request } = await start(() => reply);

    const { status, headers, json } = await request(init);

    const expected = { id: 'r-1', source: '/payments', causationid: 'e-1', correlationid: 'c-1' };
    const attributes = Object.keys(expected).map((name) => [name, headers.get(`ce-${name}`)]);
    expect(status).toBe(200);
    if (mode === 'binary') expect([Object.fromEntries(attributes), json]).toEqual([expected, { paid: true }]);
    else expect(json).toMatchObject({ ...expected, data: { paid: true } });
  });

  it('is a reply that keeps its own correlation', async () => {
    const { request } = await start(() => ({ ...reply, correlationid: 'own', causationid: 'own' }));

    const { json } = await request(toStructured({ ...sampleEvent, correlationid: 'c-1' }));

    expect(json).toMatchObject({ correlationid: 'own', causationid: 'e-1' });
  });

  it.each([
    ['that is no valid event', { ...reply, id: '' }],
    ['that cannot be written', { ...reply, data: 1n }],
  ])('is a reply %s: the handler failed, not the sender', async (_, wrong) => {
    const onError = jest.fn();
    const { send } = await start(() => wrong, { onError });

    const problem = expectProblem(await send({}), 500);

    expect(problem['problems']).toBeUndefined();
    expect(onError).toHaveBeenCalledWith(expect.any(AppError), expect.objectContaining({ id: 'e-1' }));
  });
});

describe('an answer of a handler', () => {
  type Answer = ReturnType<Handler>;
  /** What other libraries have for a promise. */
  const later = (value: HandlerAnswer): Answer => {
    const then = (done: (settled: HandlerAnswer) => void) => {
      done(value);
    };
    return { then } as Promise<HandlerAnswer>;
  };
  const answers: [string, (id: string) => Answer][] = [
    ['at once', (id) => (id === 'b' ? nack(422, 'no') : undefined)],
    ['as a promise', (id) => Promise.resolve(id === 'b' ? nack(422, 'no') : undefined)],
    ['as what is like a promise', (id) => later(id === 'b' ? nack(422, 'no') : undefined)],
  ];

  it.each(answers)(
    'counts the same when it comes %s, also in a batch and when measured',
    async (_, answer) => {
      const outcomes: string[] = [];
      const { sendBatch } = await start(({ id }) => answer(id), {
        metrics: { received: (_type, outcome) => void outcomes.push(outcome) },
      });

      const { json } = await sendBatch([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);

      expect(json).toMatchObject({ results: [{ status: 204 }, { status: 422 }, { status: 204 }] });
      expect(outcomes).toEqual(['handled', 'rejected', 'handled']);
    },
  );
});

describe('what a handler throws', () => {
  it.each([
    ['invalid', 400],
    ['not_found', 404],
    ['conflict', 409],
    ['already_exists', 409],
    ['unavailable', 503],
  ] as const)('as %s is answered with %i and its message', async (code, status) => {
    const onError = jest.fn();
    const { send } = await start(() => Promise.reject(new AppError(code, `it is ${code}`)), { onError });

    const answer = await send({});

    expect(expectProblem(answer, status)['detail']).toBe(`it is ${code}`);
    expect(answer.headers.get('retry-after')).toBe(code === 'unavailable' ? '1' : null);
    expect(onError).toHaveBeenCalledTimes(status >= 500 ? 1 : 0);
  });

  it.each([
    ['an error', new TypeError('password=hunter2')],
    ['an internal error', new AppError('internal', 'password=hunter2')],
    ['anything else', 'hunter2'],
    ['nothing', undefined],
  ])('as %s is answered with 500, tells nothing of the inside, and reaches onError', async (_, thrown) => {
    const onError = jest.fn();
    // whatever a library may throw
    const { send } = await start(jest.fn().mockRejectedValue(thrown), { onError });

    const answer = await send({});

    expectProblem(answer, 500);
    expect(answer.text).not.toContain('hunter2');
    expect(onError.mock.calls).toEqual([[thrown, expect.objectContaining({ id: 'e-1' })]]);
  });

  it('does no harm when onError fails too', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation();
    const onError = () => {
      throw new Error('disk full');
    };
    const { send } = await start(() => Promise.reject(new Error('broken')), { onError });

    expectProblem(await send({}), 500);

    expect(emitWarning).toHaveBeenCalledWith(expect.stringContaining('disk full'));
    emitWarning.mockRestore();
  });

  it('is a warning of the process when nobody listens', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation();
    const { send } = await start(() => Promise.reject(new Error('broken')));

    await send({});

    expect(emitWarning).toHaveBeenCalledWith(expect.stringContaining('broken'));
    emitWarning.mockRestore();
  });
});

describe('what a handler is told', () => {
  async function contextOf(event: Partial<CloudEvent>, headers: Record<string, string> = {}) {
    const contexts: HandlerContext[] = [];
    const { send } = await start((_, context) => void contexts.push(context));
    await send(event, headers);
    return contexts[0];
  }

  it('are the headers of the request', async () => {
    expect(await contextOf({}, { 'X-Tenant': 'a' })).toMatchObject({ headers: { 'x-tenant': 'a' } });
  });

  it.each([
    ['of the request', {}, { traceparent }, traceparent],
    ['of the event', { traceparent }, {}, traceparent],
    ['of the request rather than of the event', { traceparent: other }, { traceparent }, traceparent],
    [
      'of the event when that of the request is malformed',
      { traceparent },
      { traceparent: 'x' },
      traceparent,
    ],
    ['but none that is malformed', { traceparent: 'y' }, { traceparent: 'x' }, undefined],
  ])('is the trace %s', async (_, event, headers, expected) => {
    expect((await contextOf(event, headers))?.traceparent).toBe(expected);
  });

  it('is that its sender has gone', async () => {
    let signal: AbortSignal | undefined;
    const gate = createGate();
    const { url } = await start((event, context) => {
      signal = context.signal;
      return gate.handler(event);
    });
    const aborted = new AbortController();
    const sending = fetch(url, { method: 'POST', ...toBinary(sampleEvent), signal: aborted.signal });
    await eventually(() => {
      expect(signal?.aborted).toBe(false);
    });

    aborted.abort();

    await expect(sending).rejects.toThrow('aborted');
    await eventually(() => {
      expect(signal?.aborted).toBe(true);
    });
    gate.openAll();
  });

  it('is nothing of an event whose sender has gone before its turn', async () => {
    const gate = createGate();
    const sockets: Socket[] = [];
    const read: unknown[] = [];
    const { url, send } = await start(gate.handler, {
      concurrency: 1,
      authenticate: ({ socket }) => {
        sockets.push(socket);
        return 'ok';
      },
      verifier: {
        verify: (headers) => {
          read.push(headers['ce-id']);
          return { ok: true, id: '', timestamp: new Date() };
        },
      },
    });
    const first = send({ id: 'first' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['first']);
    });
    const leaving = openRawConnection(url);
    leaving.write(binaryHead({ ...sampleEvent, id: 'leaving' }));
    await eventually(() => {
      expect(read).toEqual(['first', 'leaving']);
    });

    leaving.destroy();
    await eventually(() => {
      expect(sockets.some(({ destroyed }) => destroyed)).toBe(true);
    });
    gate.openAll();
    await first;
    const last = send({ id: 'last' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['last']);
    });
    gate.openAll();

    expect((await last).status).toBe(204);
  });
});

describe('an inbox', () => {
  it('has a second delivery acknowledged, and the handler not called', async () => {
    const handled: string[] = [];
    const { send } = await start(({ id }) => void handled.push(id), { inbox: createMemoryInbox() });

    expect((await send({})).status).toBe(204);
    expect((await send({})).status).toBe(204);
    await send({ source: '/elsewhere' });

    expect(handled).toEqual(['e-1', 'e-1']);
  });

  it('keeps no trace of an event that was refused or failed', async () => {
    const answers = [
      () => nack(503, 'later'),
      () => Promise.reject(new AppError('conflict', 'no')),
      () => ack(),
    ];
    const { send } = await start(() => answers.shift()?.(), { inbox: createMemoryInbox() });

    const statuses = [await send({}), await send({}), await send({}), await send({})].map(
      ({ status }) => status,
    );

    expect(statuses).toEqual([503, 409, 204, 204]);
    expect(answers).toEqual([]);
  });

  it('hands its transaction to the handler', async () => {
    const transactions: string[] = [];
    const receiver = createReceiver<string>((_, { transaction }) => void transactions.push(transaction), {
      inbox: { handleOnce: (_, handle) => handle('t-1') },
    });
    const { url } = await receiver.start({ port: 0, host: '127.0.0.1' });

    await fetch(url, { method: 'POST', ...toBinary(sampleEvent) });
    await receiver.stop();

    expect(transactions).toEqual(['t-1']);
  });

  it('that fails is a failure, not a duplicate', async () => {
    const onError = jest.fn();
    const inbox = { handleOnce: () => Promise.reject(new AppError('unavailable', 'the database is away')) };
    const { send } = await start(() => undefined, { inbox, onError });

    expectProblem(await send({}), 503);

    expect(onError).toHaveBeenCalledTimes(1);
  });
});

describe('metrics and spans', () => {
  it('tell of each event what became of it and how long that took', async () => {
    const clock = createVirtualClock();
    const received = jest.fn();
    const outcomes = [
      () => clock.advance(250),
      () => nack(400, 'no'),
      () => Promise.reject(new Error('broken')),
    ];
    const { send } = await start(() => outcomes.shift()?.(), {
      clock,
      inbox: createMemoryInbox(),
      filter: [{ exact: { source: '/orders' } }],
      metrics: { received },
      onError: () => undefined,
    });

    for (const id of ['a', 'a', 'b', 'c']) await send({ id });
    await send({ source: '/elsewhere' });

    expect(received.mock.calls).toEqual([
      ['order.created', 'handled', 0.25],
      ['order.created', 'duplicate', 0],
      ['order.created', 'rejected', 0],
      ['order.created', 'failed', 0],
      ['order.created', 'filtered', 0],
    ]);
  });

  it('wrap each handler, which continues its span', async () => {
    const failure = new Error('broken');
    const ends: unknown[] = [];
    const startSpan = jest.fn(() => ({
      traceparent: other,
      end: (error?: unknown) => void ends.push(error),
    }));
    const traces: unknown[] = [];
    const { send } = await start(
      ({ id }, context) => {
        traces.push(context.traceparent);
        if (id === 'e-2') throw failure;
      },
      { tracer: { startSpan }, onError: () => undefined },
    );

    await send({ traceparent });
    await send({ id: 'e-2' });

    expect(startSpan.mock.calls).toEqual([
      ['process order.created', traceparent],
      ['process order.created', undefined],
    ]);
    expect(traces).toEqual([other, other]);
    expect(ends).toEqual([undefined, failure]);
  });
});

import { AppError } from '@fanfare/core';
import { isAck } from '../client/result';
import { createEvent } from '../event/create-event';
import { expectProblem } from '../testing/expect-problem';
import { sampleEvent, toBinary, toStructured, useReceivers } from '../testing/use-receivers';
import { ack, nack, type Handler, type HandlerAnswer } from './handler';

const start = useReceivers();

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

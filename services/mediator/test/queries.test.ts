import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { actAs, type ActingColleague } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

describe('queries', () => {
  let service: MediatorForTest;

  async function begin(options: Parameters<typeof hostMediator>[1] = {}) {
    service = await hostMediator({}, options);
    const handles = ['get_user'];
    await service.begin(
      { name: 'm', kind: 'query' },
      'caller',
      ...['y', 'x', 'z'].map((id) => ({ id, name: id, handles })),
    );
  }
  afterEach(() => service.stop());

  const as = (id: string): ActingColleague => actAs(service, 'm', id);
  const getUser = { message: { type: 'get_user', data: { id: 1 } } };
  const error = { code: 'unknown', message: 'there is no user 1', retryable: false };

  /** Takes the next message of a colleague and answers it. */
  async function answerNext(id: string, answer: object): Promise<void> {
    const colleague = as(id);
    const delivery = await colleague.take();
    expect(await colleague.reply(delivery.id, answer)).toMatchObject({ status: 200 });
  }

  it('are answered by the handler that was registered first', async () => {
    await begin();
    const call = as('caller').send(getUser);
    await answerNext('y', { result: { name: 'Ada' } });

    expect(await call).toMatchObject({ status: 200, body: { status: 'completed', result: { name: 'Ada' } } });
    expect(await as('x').poll('wait_ms=0')).toEqual([]);
  });

  it('that are broadcast gather the answers of all handlers, also their failures', async () => {
    await begin();
    const call = as('caller').broadcast(getUser);
    await Promise.all([
      answerNext('x', { result: 'of x' }),
      answerNext('y', { error }),
      answerNext('z', { result: null }),
    ]);

    expect(await call).toMatchObject({
      status: 200,
      body: {
        message: 'Message broadcasted successfully',
        recipients: ['x', 'y', 'z'],
        status: 'completed',
        answers: [
          { recipient_id: 'x', result: 'of x' },
          { recipient_id: 'y', error },
          { recipient_id: 'z', result: null },
        ],
        missing: [],
      },
    });
  });

  it('that are broadcast end in time with what came in, and say who was silent', async () => {
    const clock = createVirtualClock();
    await begin({ clock });
    const body = { ...getUser, id: 'q-1', timeout_ms: 1_000 };
    const call = as('caller').broadcast(body);
    await answerNext('x', { result: 'of x' });
    expect(await as('caller').broadcast({ ...body, wait_ms: 0 })).toMatchObject({
      status: 202,
      body: { status: 'pending', answers: [{ recipient_id: 'x', result: 'of x' }], missing: ['y', 'z'] },
    });

    await eventually(async () => {
      await clock.advance(500);
      expect((await service.get('/mediators/m/messages/q-1')).body).toMatchObject({ status: 'completed' });
    });

    expect(await call).toMatchObject({
      status: 200,
      body: { status: 'completed', answers: [{ recipient_id: 'x', result: 'of x' }], missing: ['y', 'z'] },
    });
  });

  it('that are broadcast and that nobody handles end at once', async () => {
    await begin();

    const answer = await as('caller').broadcast({ message: { type: 'get_order' } });

    expect(answer).toMatchObject({
      status: 200,
      body: { recipients: [], status: 'completed', answers: [], missing: [] },
    });
  });

  it('are not told to all when the same was asked of one, by the id', async () => {
    await begin();
    await as('caller').send({ ...getUser, id: 'q-1', wait_ms: 0 });

    expect(
      expectProblem(await as('caller').broadcast({ ...getUser, id: 'q-1', wait_ms: 0 }), 409),
    ).toMatchObject({
      code: 'already-exists',
    });
  });

  it('that nobody handles are refused', async () => {
    await begin();

    const answer = await as('caller').send({ message: { type: 'get_order' } });

    expect(expectProblem(answer, 404)).toMatchObject({ code: 'no-handler' });
  });

  describe('with cache_ttl_ms', () => {
    const cached = { ...getUser, cache_ttl_ms: 60_000, wait_ms: 0 };

    it('have a good answer given again that is not older, to the same type, data and recipient', async () => {
      const clock = createVirtualClock();
      await begin({ clock });
      const call = as('caller').send({ ...getUser, id: 'q-1' });
      await answerNext('y', { result: 'Ada' });
      await call;
      await clock.advance(59_999);

      expect(await as('x').send({ ...cached, id: 'q-2' })).toMatchObject({
        status: 200,
        body: { id: 'q-1', status: 'completed', result: 'Ada', cached: true },
      });
      expect(await as('y').poll('wait_ms=0')).toEqual([]);
      const others = [
        { ...cached, cache_ttl_ms: 59_998 },
        { ...cached, recipient_id: 'z' },
        { ...cached, message: { type: 'get_user', data: { id: 2 } } },
        { ...getUser, wait_ms: 0 },
      ];
      for (const other of others) expect(await as('caller').send(other)).toMatchObject({ status: 202 });
    });

    it('have no failure given again', async () => {
      await begin();
      const call = as('caller').send(cached);
      await answerNext('y', { error });
      await call;

      expect(await as('caller').send(cached)).toMatchObject({ status: 202 });
    });

    it('have gathered answers given again, when all who were asked gave one', async () => {
      await begin();
      const first = as('caller').broadcast(getUser);
      for (const id of ['x', 'y', 'z']) await answerNext(id, { result: `of ${id}` });
      const { body } = await first;
      await as('caller').broadcast(cached);

      expect(await as('caller').broadcast(cached)).toMatchObject({
        status: 200,
        body: { ...(body as object), cached: true },
      });
    });
  });
});

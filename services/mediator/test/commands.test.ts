import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { actAs, type ActingColleague } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

describe('commands', () => {
  let service: MediatorForTest;
  let caller: ActingColleague;
  let users: ActingColleague;

  async function begin(options: Parameters<typeof hostMediator>[1] = {}) {
    service = await hostMediator({}, options);
    await service.begin({ name: 'm', kind: 'command' }, 'caller', {
      id: 'users',
      name: 'users',
      handles: ['create_user', 'delete_user'],
    });
    caller = actAs(service, 'm', 'caller');
    users = actAs(service, 'm', 'users');
  }
  afterEach(() => service.stop());

  const createUser = { message: { id: 'cmd1', type: 'create_user', data: { name: 'Ada' } } };
  const error = { code: 'name-taken', message: 'there is an Ada', retryable: false };

  it('go to the handler of their type, and come back with its result', async () => {
    await begin();
    const call = caller.send(createUser);

    const delivery = await users.take();
    await users.reply(delivery.id, { result: { user_id: 7 } });

    expect(delivery).toMatchObject({
      id: 'cmd1',
      kind: 'command',
      type: 'create_user',
      data: { name: 'Ada' },
      sender_id: 'caller',
      reply_expected: true,
      attempt: 1,
    });
    expect(await call).toMatchObject({
      status: 200,
      body: {
        message: 'Message sent successfully',
        id: 'cmd1',
        status: 'completed',
        result: { user_id: 7 },
      },
    });
    expect((await service.get('/mediators/m/messages/cmd1')).body).toMatchObject({
      status: 'completed',
      result: { user_id: 7 },
      data: { name: 'Ada' },
      receipts: [{ recipient_id: 'users', status: 'acked', attempts: 1 }],
    });
  });

  it('that their handler refuses are answered 200 with its failure, even one that it calls timeout', async () => {
    await begin();
    for (const failure of [error, { ...error, code: 'timeout' }]) {
      const call = caller.send({ message: { type: 'create_user' } });
      const { id } = await users.take();
      await users.reply(id, { error: failure });

      expect(await call).toMatchObject({ status: 200, body: { id, status: 'failed', error: failure } });
    }
  });

  it('are given to their handler once per id, and every call with it has the same outcome', async () => {
    await begin();
    const calls = Array.from({ length: 5 }, () => caller.send(createUser));
    const { id } = await users.take();
    await users.reply(id, { result: 1 });
    const outcomes = await Promise.all(calls);
    const later = await caller.send({ ...createUser, wait_ms: 0 });

    for (const { status, body } of [...outcomes, later]) {
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { id: 'cmd1', status: 'completed', result: 1 },
      });
    }
    const replayed = [...outcomes, later].filter(({ headers }) => headers['idempotency-replayed'] === 'true');
    expect(replayed).toHaveLength(5);
    expect(await users.poll('wait_ms=0')).toEqual([]);
    expectProblem(await caller.send({ message: { ...createUser.message, data: { name: 'Bob' } } }), 409);
  });

  it('that nobody waits for are pending, and their outcome is there for whoever asks again', async () => {
    await begin();
    const first = await caller.send({ ...createUser, wait_ms: 0 });
    const { id } = await users.take();
    await users.ack(id);
    const second = await caller.send({ ...createUser, wait_ms: 0 });
    await users.reply(id, { result: null });
    const third = await caller.send({ ...createUser, wait_ms: 0 });

    for (const { status, body } of [first, second]) {
      expect({ status, body }).toMatchObject({ status: 202, body: { id: 'cmd1', status: 'pending' } });
    }
    expect(third).toMatchObject({ status: 200, body: { status: 'completed', result: null } });
  });

  it('that nobody answers in time are failed with code timeout, and answered 504 whenever they are asked for', async () => {
    const clock = createVirtualClock();
    await begin({ clock });
    const call = caller.send({ ...createUser, timeout_ms: 2_000 });
    const { id, deadline } = await users.take();
    expect(deadline).toBe(new Date(clock.now().getTime() + 2_000).toISOString());

    await clock.advance(1_999);
    expect((await service.get('/mediators/m/messages/cmd1')).body).toMatchObject({ status: 'pending' });
    const isOver = eventually(async () => {
      await clock.advance(500);
      expect((await service.get('/mediators/m/messages/cmd1')).body).toMatchObject({
        status: 'failed',
        error: { code: 'timeout' },
      });
    });

    expect(expectProblem(await call, 504)).toMatchObject({ code: 'timeout', id: 'cmd1' });
    await isOver;
    expectProblem(await caller.send({ ...createUser, timeout_ms: 2_000 }), 504);
    expect(expectProblem(await users.reply(id, { result: 1 }), 409)).toMatchObject({
      code: 'illegal-transition',
    });
  });

  it('have MESSAGE_TIMEOUT for an answer and RETRY_COUNT tries, unless the call says', async () => {
    const clock = createVirtualClock();
    service = await hostMediator({ MESSAGE_TIMEOUT: '5s', RETRY_COUNT: '2' }, { clock });
    await service.begin(
      { name: 'm', kind: 'command' },
      { id: 'users', name: 'users', handles: ['create_user'] },
    );
    users = actAs(service, 'm', 'users');
    const deadline = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();

    await users.send({ ...createUser, wait_ms: 0 });
    await users.send({
      message: { type: 'create_user' },
      wait_ms: 0,
      timeout_ms: 7_000,
      retry: { max_attempts: 1 },
    });
    const [standard, own] = await users.poll();

    expect([standard, own]).toMatchObject([{ deadline: deadline(5_000) }, { deadline: deadline(7_000) }]);
    expect((await users.nack('cmd1')).body).toMatchObject({ status: 'pending' });
    expect((await users.nack(own?.id ?? '')).body).toMatchObject({ status: 'dead' });
    await eventually(async () => {
      await clock.advance(250);
      expect(await users.poll('wait_ms=0')).toMatchObject([{ id: 'cmd1', attempt: 2 }]);
    });
    expect((await users.nack('cmd1')).body).toMatchObject({ status: 'dead' });
  });

  it('that are cancelled end for those who wait for them', async () => {
    await begin();
    const call = caller.send(createUser);
    await eventually(async () => {
      expect(await service.post('/mediators/m/messages/cmd1/cancel')).toMatchObject({ status: 200 });
    });

    expect(await call).toMatchObject({ status: 200, body: { id: 'cmd1', status: 'cancelled' } });
    expect(await users.poll('wait_ms=0')).toEqual([]);
  });

  it('that wait for their time are scheduled', async () => {
    const clock = createVirtualClock();
    await begin({ clock });
    const deliver_at = new Date(clock.now().getTime() + 120_000).toISOString();

    const answer = await caller.send({ ...createUser, deliver_at });

    expect(answer).toMatchObject({ status: 202, body: { id: 'cmd1', status: 'scheduled' } });
    expect(await users.poll('wait_ms=0')).toEqual([]);
    await eventually(async () => {
      await clock.advance(30_000);
      expect(await users.poll('wait_ms=0')).toMatchObject([{ id: 'cmd1' }]);
    });
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(Date.parse(deliver_at));
  });

  it.each([
    ['of a type that nobody handles', { message: { type: 'create_order' } }, 404, 'no-handler'],
    ['without a type', { message: { data: 1 } }, 400, 'invalid'],
    ['to nobody that is there', { ...createUser, recipient_id: 'none' }, 404, 'recipient-not-found'],
  ])('%s are refused', async (_, body, status, code) => {
    await begin();

    expect(expectProblem(await caller.send(body), status)).toMatchObject({ code });
  });

  it('have one handler for each type: a second one is refused', async () => {
    await begin();
    const second = { id: 'other', name: 'other', handles: ['delete_user'] };

    const answer = await service.post('/mediators/m/colleagues', second);

    expect(expectProblem(answer, 409)).toMatchObject({ code: 'handler-exists' });
  });

  it.each([
    ['their handler is unregistered', '/mediators/m/colleagues/users', 'colleague-unregistered'],
    ['their mediator is removed', '/mediators/m', 'mediator-removed'],
  ])('fail at once when %s, also for those who wait', async (_, path, code) => {
    await begin();
    const call = caller.send(createUser);
    await users.take();

    await service.delete(path);

    expect(await call).toMatchObject({ status: 200, body: { status: 'failed', error: { code } } });
  });

  it('may be sent by a handler while it handles another one', async () => {
    await begin();
    await service.post('/mediators/m/colleagues', { id: 'mail', name: 'mail', handles: ['send_mail'] });
    const mail = actAs(service, 'm', 'mail');
    const outer = caller.send(createUser);

    const delivery = await users.take();
    const registered = await service.post('/mediators/m/colleagues', { id: 'late', name: 'late' });
    const inner = users.send({ message: { type: 'send_mail' } });
    const { id } = await mail.take();
    await mail.reply(id, { result: 'sent' });
    const { body } = await inner;
    await users.reply(delivery.id, { result: body });

    expect(registered.status).toBe(201);
    expect(await outer).toMatchObject({
      status: 200,
      body: { result: { status: 'completed', result: 'sent' } },
    });
  });

  it('run as in the seed’s example: a handler that sends create_user to itself', async () => {
    service = await hostMediator();
    await service.begin(
      { name: 'command-mediator', kind: 'command' },
      {
        id: 'user_command_handler',
        name: 'User Command Handler',
        type: 'command',
        active: true,
      },
    );
    const handler = actAs(service, 'command-mediator', 'user_command_handler');
    const call = handler.send({
      recipient_id: 'user_command_handler',
      message: {
        id: 'cmd1',
        type: 'create_user',
        timestamp: '2024-01-01T00:00:00Z',
        source: 'api',
        data: { name: 'John Doe', email: 'john@example.com' },
      },
    });

    const delivery = await handler.take();
    await handler.reply(delivery.id, { result: { user_id: '123' } });

    expect(delivery).toMatchObject({ source: 'api', data: { name: 'John Doe', email: 'john@example.com' } });
    expect(await call).toMatchObject({
      status: 200,
      body: { message: 'Message sent successfully', status: 'completed', result: { user_id: '123' } },
    });
  });
});

import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { expectProblem, type TestResponse } from '@fanfare/service-kit/testing';
import { actAs, type ActingColleague } from './act-as';
import { api, hostMediator, type MediatorForTest } from './host-mediator';

const clock = createVirtualClock();
const longId = `${'run'.repeat(60)}:pay:1:undo`;

function expectRefusal(answer: TestResponse, status: number, code: string): void {
  expect(expectProblem(answer, status)).toMatchObject({ code });
}

describe('the mailbox of a colleague', () => {
  let service: MediatorForTest;
  let a: ActingColleague;
  let b: ActingColleague;

  beforeEach(async () => {
    service = await hostMediator({}, { clock });
    await service.begin({ name: 'm' }, 'a', 'b');
    [a, b] = [actAs(service, 'm', 'a'), actAs(service, 'm', 'b')];
  });
  afterEach(() => service.stop());

  const mailbox = '/mediators/m/colleagues/b/messages';
  const send = (id: string, more: object = {}) => a.send({ id, recipient_id: 'b', message: id, ...more });
  const metric = async (name: string) => {
    const { body } = await service.request('/metrics');
    return new RegExp(`^${name.replaceAll(/[{}]/g, String.raw`\$&`)} (.+)$`, 'm').exec(String(body))?.[1];
  };

  it('holds what was sent until it is acked, and no longer', async () => {
    await send('m-1', { priority: 'high', ttl_ms: 60_000 });

    expect(await b.poll('')).toEqual([
      {
        id: 'm-1',
        kind: 'message',
        type: 'message',
        content: 'm-1',
        sender_id: 'a',
        recipient_id: 'b',
        timestamp: clock.now().toISOString(),
        priority: 'high',
        broadcast: false,
        source: null,
        correlation_id: null,
        attempt: 1,
        reply_expected: false,
        deadline: null,
        expires_at: new Date(clock.now().getTime() + 60_000).toISOString(),
      },
    ]);
    const { status, body } = await b.ack('m-1');
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        recipient_id: 'b',
        status: 'acked',
        attempts: 1,
        error: null,
        delivered_at: clock.now().toISOString(),
        acked_at: clock.now().toISOString(),
      },
    });
    await clock.advance(3_600_000);
    expect(await b.poll('')).toEqual([]);
  });

  it('gives as many as are asked for, and again what was not acked within visibility_ms', async () => {
    for (const id of ['m-1', 'm-2', 'm-3']) await send(id);

    expect(await b.poll('limit=2&visibility_ms=100')).toMatchObject([{ id: 'm-1' }, { id: 'm-2' }]);
    expect(await b.poll('')).toMatchObject([{ id: 'm-3' }]);
    await clock.advance(100);
    expect(await b.poll('')).toMatchObject([
      { id: 'm-1', attempt: 2 },
      { id: 'm-2', attempt: 2 },
    ]);
  });

  it('holds a call open until something comes, or until wait_ms is over', async () => {
    const waiting = b.poll('wait_ms=10000');
    await send('m-1');
    expect(await waiting).toMatchObject([{ id: 'm-1' }]);

    let isOver = false;
    const inVain = b.poll('wait_ms=10000').finally(() => (isOver = true));
    await eventually(async () => {
      await clock.advance(1_000);
      expect(isOver).toBe(true);
    });
    expect(await inVain).toEqual([]);
  });

  it.each([
    ['mediator', '/mediators/m', 'mediator-not-found'],
    ['colleague', '/mediators/m/colleagues/b', 'colleague-not-found'],
  ])('ends the call of who waits when its %s is removed', async (_, path, code) => {
    const before = clock.pending;
    const waiting = service.get(`${mailbox}?wait_ms=60000`);
    await eventually(() => {
      expect(clock.pending).toBe(before + 1);
    });

    await service.delete(path);
    await clock.advance(1_000);

    expectRefusal(await waiting, 404, code);
  });

  it('gives nothing to a caller that has hung up', async () => {
    const call = new AbortController();
    const before = clock.pending;
    const gone = fetch(new URL(`${api}${mailbox}?wait_ms=60000`, service.url), { signal: call.signal });
    await eventually(() => {
      expect(clock.pending).toBe(before + 1);
    });
    call.abort();
    await expect(gone).rejects.toThrow('aborted');
    await eventually(() => {
      expect(clock.pending).toBe(before);
    });

    await send('m-1');

    expect(await b.take()).toMatchObject({ id: 'm-1', attempt: 1 });
  });

  it('takes a nack with or without a reason, and gives the message again after the delay', async () => {
    await send('m-1');
    await b.take();
    const error = { code: 'busy' };
    expect((await b.nack('m-1', { error, delay_ms: 5_000 })).body).toMatchObject({
      status: 'pending',
      error: { code: 'busy', message: 'the handler gave no reason', retryable: true },
    });
    expect(await b.poll('')).toEqual([]);
    await clock.advance(5_000);

    expect(await b.take()).toMatchObject({ id: 'm-1', attempt: 2 });
    expect(await service.post(`${mailbox}/m-1/nack`)).toMatchObject({ status: 200 });
  });

  it('refuses what does not fit, and says what is not there', async () => {
    await send('m-1');
    await b.take();
    const bad = ['limit=0', 'limit=101', 'wait_ms=60001', 'visibility_ms=99', 'visibility_ms=3600001', 'x=1'];
    for (const query of bad) expectRefusal(await service.get(`${mailbox}?${query}`), 400, 'invalid');
    for (const body of [{}, { result: 1, error: {} }, { result: 1, more: 2 }]) {
      expectRefusal(await b.reply('m-1', body), 400, 'invalid');
    }
    expectRefusal(await b.nack('m-1', { delay_ms: -1 }), 400, 'invalid');
    expectRefusal(await b.ack('unknown'), 404, 'not-found');
    expectRefusal(await b.ack('x'.repeat(256)), 400, 'invalid');
    expectRefusal(await a.ack('m-1'), 404, 'not-found');
    expectRefusal(await service.get('/mediators/m/colleagues/c/messages'), 404, 'colleague-not-found');
    expectRefusal(await service.get('/mediators/n/colleagues/b/messages'), 404, 'mediator-not-found');
    expectRefusal(await b.reply('m-1', { result: 1 }), 409, 'illegal-transition');
  });

  it('finds messages whose ids are long, and made of other ids', async () => {
    expectRefusal(await b.ack(longId), 404, 'not-found');
    await send('run:1@x+y');
    await b.take();
    expect(await b.ack(encodeURIComponent('run:1@x+y'))).toMatchObject({ status: 200 });
  });

  it('is emptied when its colleague is unregistered: what is unread is dead', async () => {
    await send('m-1');
    await service.delete('/mediators/m/colleagues/b');

    expect((await service.get('/mediators/m/messages/m-1')).body).toMatchObject({
      status: 'failed',
      receipts: [{ status: 'dead', error: { code: 'colleague-unregistered' } }],
    });
    await service.post('/mediators/m/colleagues', { id: 'b', name: 'b' });
    expect(await b.poll('')).toEqual([]);
  });

  it('delays nobody: a colleague that takes nothing holds up neither senders nor others', async () => {
    await service.post('/mediators/m/colleagues', { id: 'slow', name: 'slow' });
    await a.send({ id: 's-1', recipient_id: 'slow', message: 1 });
    await actAs(service, 'm', 'slow').take();
    await a.broadcast({ id: 'all', message: 2 });
    await send('m-1');

    expect(await b.poll('')).toMatchObject([{ id: 'all' }, { id: 'm-1' }]);
  });

  it('counts as waiting what nobody has in hands any more', async () => {
    const counts = async () => (await service.get('/mediators/m/colleagues/b')).body;
    await send('m-1');
    await b.poll('visibility_ms=100');
    expect(await counts()).toMatchObject({ waiting: 0 });

    await clock.advance(100);

    expect(await counts()).toMatchObject({ waiting: 1 });
    expect(await metric('mediator_mailbox_messages{status="pending"}')).toBe('1');
  });

  it('is counted as its tables say: what waits, is in hands, is dead, and how it was settled', async () => {
    for (const id of ['m-1', 'm-2', 'm-3', 'm-4']) await send(id);
    await b.poll('limit=3');
    await b.ack('m-1');
    await b.nack('m-2', { error: { retryable: false } });

    const counts = await Promise.all(
      ['pending', 'delivered', 'dead'].map((status) =>
        metric(`mediator_mailbox_messages{status="${status}"}`),
      ),
    );
    expect(counts).toEqual(['1', '1', '1']);
    expect(await metric('mediator_deliveries_total{result="acked"}')).toBe('1');
    expect(await metric('mediator_deliveries_total{result="dead"}')).toBe('1');
    expect((await service.get('/mediators/m/colleagues/b')).body).toMatchObject({ waiting: 1, dead: 1 });
  });

  it('lets whoever receives a message register and send while it has it in hands', async () => {
    await send('m-1');
    await b.take();

    expect(await service.post('/mediators/m/colleagues', { id: 'c', name: 'c' })).toMatchObject({
      status: 201,
    });
    expect(await b.send({ id: 'm-2', recipient_id: 'c', message: 2 })).toMatchObject({ status: 200 });
    expect(await service.delete('/mediators/m/colleagues/b')).toMatchObject({ status: 200 });
  });
});

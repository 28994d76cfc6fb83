import { expectProblem } from '@fanfare/service-kit/testing';
import { actAs } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

interface SentJson {
  readonly id: string;
}

describe('messages', () => {
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator({ MAX_MESSAGE_BYTES: '1000' });
    await service.begin({ name: 'm' }, 'a', 'b');
  });
  afterEach(() => service.stop());

  const messages = '/mediators/m/messages';
  const hello = { sender_id: 'a', recipient_id: 'b', message: 'Hello' };
  const sent = async () => {
    const { body } = await service.get(`${messages}?limit=1000`);
    return (body as { readonly messages: readonly Readonly<Record<string, unknown>>[] }).messages;
  };
  const facts = async () => {
    const announced = await service.announced();
    return announced.filter(({ type }) => type.startsWith('com.fanfare.message.'));
  };

  it('are sent with the answer of the seed, and shown with all that is known of them', async () => {
    const answer = await service.post(`${messages}/`, {
      ...hello,
      type: 'greeting',
      priority: 'high',
      ttl_ms: 60_000,
      correlation_id: 'talk 1',
    });

    const { id } = answer.body as SentJson;
    expect(answer).toMatchObject({ status: 200, body: { message: 'Message sent successfully', id } });
    const shown = await service.get(`${messages}/${id}`);
    const { timestamp, expires_at: expiresAt, ...rest } = shown.body as Record<string, string>;
    expect(rest).toEqual({
      id,
      kind: 'message',
      type: 'greeting',
      content: 'Hello',
      sender_id: 'a',
      recipient_id: 'b',
      priority: 'high',
      broadcast: false,
      source: null,
      correlation_id: 'talk 1',
      deliver_at: null,
      status: 'pending',
      result: null,
      error: null,
      receipts: [
        {
          recipient_id: 'b',
          status: 'pending',
          attempts: 0,
          delivered_at: null,
          acked_at: null,
          error: null,
        },
      ],
    });
    expect(Date.parse(expiresAt ?? '') - Date.parse(timestamp ?? '')).toBe(60_000);
  });

  it('run as in the seed’s example: two colleagues, one message and one broadcast', async () => {
    await service.begin(
      { name: 'my-mediator' },
      ...[1, 2].map((n) => ({ id: `colleague${n}`, name: `Colleague ${n}`, type: 'service' })),
    );
    const [first, second] = [
      actAs(service, 'my-mediator', 'colleague1'),
      actAs(service, 'my-mediator', 'colleague2'),
    ];

    const direct = await first.send({ recipient_id: 'colleague2', message: 'Hello from colleague 1' });
    const broadcast = await first.broadcast({ message: 'Hello everyone!' });

    expect(direct).toMatchObject({ status: 200, body: { message: 'Message sent successfully' } });
    expect(broadcast).toMatchObject({
      status: 200,
      body: { message: 'Message broadcasted successfully', recipients: ['colleague2'] },
    });
    expect(await second.poll()).toMatchObject([
      { kind: 'message', content: 'Hello from colleague 1', sender_id: 'colleague1', broadcast: false },
      { kind: 'message', content: 'Hello everyone!', sender_id: 'colleague1', broadcast: true },
    ]);
    expect(await first.poll('wait_ms=0')).toEqual([]);
  });

  it('may go to their own sender, and be any JSON', async () => {
    const bodies = ['', null, 0, false, [], { id: 5, type: [], message: {} }, '𝄞 "quoted" \u0000'];
    for (const message of bodies) {
      const answer = await service.post(messages, { ...hello, recipient_id: 'a', message });
      expect(answer.status).toBe(200);
    }

    expect((await sent()).map(({ content }) => content)).toEqual(bodies);
  });

  it.each([
    ['mediators that are not there', { mediator: 'none' }, 404, 'mediator-not-found'],
    ['senders that are not there', { sender_id: 'none' }, 404, 'sender-not-found'],
    ['recipients that are not there', { recipient_id: 'none' }, 404, 'recipient-not-found'],
    ['no recipient', { recipient_id: undefined }, 400, 'invalid'],
    ['no sender', { sender_id: undefined }, 400, 'invalid'],
    ['no message', { message: undefined }, 400, 'invalid'],
    ['unknown fields', { recipient: 'b' }, 400, 'invalid'],
    ['ids that are none', { id: 'an id' }, 400, 'invalid'],
    ['types that are none', { type: '' }, 400, 'invalid'],
    ['unknown priorities', { priority: 'highest' }, 400, 'invalid'],
    ['no time to live', { ttl_ms: 0 }, 400, 'invalid'],
    ['times that are none', { deliver_at: 'tomorrow' }, 400, 'invalid'],
    ['waits that are too long', { wait_ms: 60_001 }, 400, 'invalid'],
    ['tries that are none', { retry: { max_attempts: 0 } }, 400, 'invalid'],
    ['bodies that are too deep', { message: nested(501) }, 400, 'invalid'],
    ['bodies that are too large', { message: 'x'.repeat(999) }, 413, 'too-large'],
  ])('are refused for %s', async (_, parts, status, code) => {
    const { mediator = 'm', ...fields } = parts as Record<string, unknown>;
    const answer = await service.post(`/mediators/${String(mediator)}/messages`, { ...hello, ...fields });

    expect(expectProblem(answer, status)).toMatchObject({ code });
    expect(await sent()).toEqual([]);
    expect(await facts()).toEqual([]);
  });

  it('may be as large as MAX_MESSAGE_BYTES says, as JSON', async () => {
    expect(await service.post(messages, { ...hello, message: 'x'.repeat(998) })).toMatchObject({
      status: 200,
    });
    expect(await service.post(messages, { ...hello, message: '€'.repeat(333) })).toMatchObject({
      status: 413,
    });
  });

  it('are not sent to a colleague that is not active', async () => {
    await service.patch('/mediators/m/colleagues/b', { active: false });

    const answer = await service.post(messages, hello);

    expect(expectProblem(answer, 409)).toMatchObject({ code: 'colleague-not-active' });
  });

  it('may be sent back as they were read: what only answers have is ignored', async () => {
    const { body: first } = await service.post(messages, { ...hello, id: 'm-1' });
    const answerFields = { status: 'completed', timestamp: '2020-01-01T00:00:00Z', broadcast: true };

    const again = await service.post(messages, { ...hello, id: 'm-1', ...answerFields });

    expect(again).toMatchObject({ status: 200, body: first, headers: { 'idempotency-replayed': 'true' } });
  });

  it('are sent once per id, whatever happens in between', async () => {
    const first = await service.post(messages, { ...hello, id: 'm-1' });
    await service.delete('/mediators/m/colleagues/b');

    const again = await service.post(messages, { wait_ms: 5, ...hello, id: 'm-1' });

    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again).toMatchObject({
      status: 200,
      body: { id: 'm-1' },
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await sent()).toHaveLength(1);
    expect(await facts()).toHaveLength(1);
    for (const other of [{ message: 'Bye' }, { recipient_id: 'a' }, { priority: 'low' }]) {
      const answer = await service.post(messages, { ...hello, id: 'm-1', ...other });
      expect(expectProblem(answer, 409)).toMatchObject({ code: 'already-exists' });
    }
    const broadcast = await service.post('/mediators/m/broadcast', {
      id: 'm-1',
      sender_id: 'a',
      message: 'Hello',
    });
    expect(broadcast.status).toBe(409);
  });

  it('have ids that case tells apart', async () => {
    await service.post(messages, { ...hello, id: 'm-1' });

    expect((await service.post(messages, { ...hello, id: 'M-1', message: 'Bye' })).status).toBe(200);
    expect((await service.get(`${messages}/M-1`)).body).toMatchObject({ content: 'Bye' });
    expectProblem(await service.get(`${messages}/m-2`), 404);
  });

  it('are each accepted or refused for themselves when many come at once', async () => {
    const calls = Array.from({ length: 60 }, (_, n) =>
      service.post(messages, { ...hello, message: n, ...(n % 3 === 0 && { recipient_id: 'none' }) }),
    );

    const statuses = (await Promise.all(calls)).map(({ status }) => status);

    expect(statuses).toEqual(Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? 404 : 200)));
    const all = await sent();
    expect(new Set(all.map(({ id }) => id)).size).toBe(40);
    expect(await facts()).toHaveLength(40);
  });

  it('are announced once each, without their body, in the order in which they were accepted', async () => {
    await service.post(messages, { ...hello, id: 'm-1' });
    await service.post(messages, { ...hello, id: 'm-1' });
    await service.post('/mediators/m/broadcast', {
      id: 'm-2',
      sender_id: 'b',
      message: 'Hello',
      priority: 'low',
    });

    const shared = { mediator: 'm', kind: 'message', type: 'message' };
    expect((await facts()).map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: 'com.fanfare.message.sent.v1',
        data: { ...shared, message_id: 'm-1', sender_id: 'a', priority: 'normal', recipient_id: 'b' },
      },
      {
        type: 'com.fanfare.message.broadcasted.v1',
        data: { ...shared, message_id: 'm-2', sender_id: 'b', priority: 'low', recipients: ['a'] },
      },
    ]);
  });

  it('are counted as they are kept', async () => {
    await service.begin({ name: 'events', kind: 'event' }, { id: 'a', name: 'a', handles: ['*'] });
    for (let n = 0; n < 3; n += 1) await service.post(messages, { ...hello, id: `m-${n % 2}` });
    await service.post(messages, { ...hello, recipient_id: 'none' });
    await service.post('/mediators/events/broadcast', { sender_id: 'a', message: { type: 'seen' } });

    const { body } = await service.request('/metrics');

    expect(body).toContain('mediator_messages_sent_total{kind="message"} 2\n');
    expect(body).toContain('mediator_messages_sent_total{kind="event"} 1\n');
    expect(await sent()).toHaveLength(2);
  });

  it('belong to their mediator: one made again under the same name has none', async () => {
    await service.post(messages, { ...hello, id: 'm-1' });
    await service.delete('/mediators/m');
    await service.begin({ name: 'm' }, 'a', 'b');

    expect(await sent()).toEqual([]);
    const answer = await service.post(messages, { ...hello, id: 'm-1', message: 'Bye' });
    expect(answer).toMatchObject({ status: 200, body: { id: 'm-1' } });
  });
});

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

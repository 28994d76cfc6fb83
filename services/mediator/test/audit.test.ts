import { authForTest, bearer, connectWebSocket, tokenFor, type Frame } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { readTold } from './support/read-told';

const operator = bearer(tokenFor({ sub: 'olga', roles: ['operator'] }));
const ann = bearer(tokenFor({ sub: 'ann', roles: ['writer'], colleague: 'm/a' }));
const reports = { auditing: true, keepMs: 86_400_000 };

describe('what a colleague does by WebSocket', () => {
  let service: MediatorForTest;
  let socket: Awaited<ReturnType<typeof connectWebSocket>>;

  beforeEach(async () => {
    service = await hostMediator({}, { auth: authForTest, reports });
    await service.post('/mediators', { name: 'm' }, operator);
    for (const id of ['a', 'b']) await service.post('/mediators/m/colleagues', { id, name: id }, operator);
    const headers = { ...ann, 'user-agent': 'a robot' };
    socket = await connectWebSocket(service.url, '?mediator=m&colleague=a', { headers });
  });
  afterEach(async () => {
    socket.socket.terminate();
    await service.stop();
  });

  /** The entries that were left by these frames, with what each was answered. */
  async function entriesOf(...frames: readonly object[]) {
    const readAudit = () => readTold(service, 'audit-mediator', operator);
    const known = (await readAudit()).length;
    const answers: Frame[] = [];
    for (const frame of frames) answers.push(await socket.ask(frame));
    return { answers, entries: (await readAudit()).slice(known) };
  }

  it('leaves one audit entry for each frame: who, what, to what, and for which frame', async () => {
    const sent = { type: 'send', id: 'm-1', recipient_id: 'b', message: 'secret' };

    const { answers, entries } = await entriesOf(sent);

    expect(answers).toMatchObject([{ type: 'ok', id: 'm-1' }]);
    expect(entries).toMatchObject([
      {
        type: 'com.fanfare.audit.log_created.v1',
        source: '/mediator',
        subject: 'ann',
        data: {
          action: 'message.create',
          entity_type: 'message',
          entity_id: 'm/m-1',
          outcome: 'succeeded',
          user_id: 'ann',
          user_agent: 'a robot',
          ip_address: expect.stringMatching(/127\.0\.0\.1$/) as string,
          request_id: expect.stringMatching(/^[0-9a-f-]{36}\/request-1$/) as string,
          changes: { id: 'm-1', recipient_id: 'b', message: '[left out]', sender_id: 'a' },
        },
      },
    ]);
    const facts = await readTold(service, 'mediator', operator);
    expect(facts.at(-1)).toMatchObject({ correlationid: entries[0]?.correlationid });
  });

  it('is named as by HTTP, and tells what was refused', async () => {
    await service.post(
      '/mediators/m/messages',
      { id: 'm-2', sender_id: 'b', recipient_id: 'a', message: 1 },
      operator,
    );

    const { entries } = await entriesOf(
      { type: 'broadcast', message: 'to all' },
      { type: 'ack', id: 'm-2' },
      { type: 'nack', id: 'm-2' },
      { type: 'reply', id: 'm-3', result: 7 },
      { type: 'send', recipient_id: 'nobody', message: 1 },
    );

    expect(entries.map(({ data }) => [data['action'], data['entity_id'], data['outcome']])).toEqual([
      ['mediator.broadcast', 'm', 'succeeded'],
      ['message.ack', 'm/a/m-2', 'succeeded'],
      ['message.nack', 'm/a/m-2', 'refused'],
      ['message.reply', 'm/a/m-3', 'refused'],
      ['message.create', 'm', 'refused'],
    ]);
  });

  it.each(['x'.repeat(100_000), { toString: 1 }])(
    'leaves a short entry, whatever is in the place of an id',
    async (id) => {
      const { answers, entries } = await entriesOf({ type: 'ack', id });

      expect(answers).toMatchObject([{ type: 'error' }]);
      expect(entries).toMatchObject([
        { data: { action: 'message.ack', entity_id: 'm/a', outcome: 'refused' } },
      ]);
    },
  );

  it('leaves none for signs of life and for what is no frame of ours', async () => {
    const { answers, entries } = await entriesOf({ type: 'heartbeat' }, { type: 'dance' });

    expect(answers).toMatchObject([{ type: 'ok' }, { type: 'error' }]);
    expect(entries).toEqual([]);
  });
});

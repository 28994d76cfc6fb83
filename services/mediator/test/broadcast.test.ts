import { expectProblem } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

interface ShownJson {
  readonly id: string;
  readonly status: string;
  readonly recipient_id: string | null;
  readonly receipts: readonly { readonly recipient_id: string; readonly status: string }[];
}

describe('a broadcast', () => {
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator();
  });
  afterEach(() => service.stop());

  const broadcast = (mediator: string, body: object) =>
    service.post(`/mediators/${mediator}/broadcast`, { sender_id: 'a', ...body });
  const read = async (mediator: string, id: string) =>
    (await service.get(`/mediators/${mediator}/messages/${id}`)).body as ShownJson;

  it('reaches all active colleagues but its sender, with a receipt of each', async () => {
    await service.begin({ name: 'm' }, 'a', 'd', 'b', 'c');
    await service.patch('/mediators/m/colleagues/c', { active: false });

    const answer = await broadcast('m', { message: 'Hello everyone!' });

    const { id } = answer.body as ShownJson;
    expect(answer).toMatchObject({
      status: 200,
      body: { message: 'Message broadcasted successfully', id, recipients: ['b', 'd'] },
    });
    expect(await read('m', id)).toMatchObject({
      content: 'Hello everyone!',
      broadcast: true,
      recipient_id: null,
      status: 'pending',
      receipts: [
        { recipient_id: 'b', status: 'pending' },
        { recipient_id: 'd', status: 'pending' },
      ],
    });
  });

  it('that reaches nobody says so, and is completed', async () => {
    await service.begin({ name: 'm' }, 'a');

    const answer = await broadcast('m', { id: 'm-1', message: 'Hello?' });

    expect(answer).toMatchObject({ status: 200, body: { recipients: [] } });
    expect(await read('m', 'm-1')).toMatchObject({ status: 'completed', receipts: [] });
  });

  it('is sent once per id, to those who were there then', async () => {
    await service.begin({ name: 'm' }, 'a', 'b', 'c');
    const first = await broadcast('m', { id: 'm-1', message: 'Hello' });
    await service.delete('/mediators/m/colleagues/b');
    await service.begin({ name: 'other' }, 'a', 'b');

    const again = await broadcast('m', { id: 'm-1', message: 'Hello' });

    expect(again).toMatchObject({
      status: 200,
      body: first.body as object,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await broadcast('other', { id: 'm-1', message: 'Hello' })).toMatchObject({
      body: { recipients: ['b'] },
    });
  });

  it.each([
    ['from nobody', { sender_id: 'none' }, 404, 'sender-not-found'],
    ['to somebody', { recipient_id: 'b' }, 400, 'invalid'],
    ['of nothing', { message: undefined }, 400, 'invalid'],
  ])('%s is refused, and reaches no one', async (_, parts, status, code) => {
    await service.begin({ name: 'm' }, 'a', 'b');

    const answer = await broadcast('m', { message: 'Hello', ...parts });

    expect(expectProblem(answer, status)).toMatchObject({ code });
    expect((await service.get('/mediators/m/messages')).body).toEqual({ messages: [], next_cursor: null });
  });

  it('of an event reaches those who have subscribed to its type, as text', async () => {
    const subscriber = (id: string, ...handles: string[]) => ({ id, name: id, handles });
    await service.begin(
      { name: 'events', kind: 'event' },
      ...[subscriber('a', '*'), subscriber('users', 'user.*'), subscriber('exact', 'user_created')],
      ...[subscriber('all', '*'), subscriber('none')],
    );

    const recipients = async (type: string) =>
      ((await broadcast('events', { message: { type } })).body as { recipients: string[] }).recipients;

    expect(await recipients('user_created')).toEqual(['all', 'exact']);
    expect(await recipients('user.created')).toEqual(['all', 'users']);
    expect(await recipients('order.created')).toEqual(['all']);
  });

  it.each([['notification'], ['workflow'], ['service'], ['resource'], ['task'], ['job']])(
    'in a %s mediator is a plain message',
    async (kind) => {
      await service.begin({ name: 'm', kind }, 'a', 'b');

      const answer = await broadcast('m', { id: 'm-1', message: 'Hello' });

      expect(answer).toMatchObject({ status: 200, body: { recipients: ['b'] } });
      expect(await read('m', 'm-1')).toMatchObject({ kind: 'message', content: 'Hello' });
    },
  );

  it('of a command is refused: a command has one handler', async () => {
    await service.begin({ name: 'commands', kind: 'command' }, 'a', { id: 'b', name: 'b', handles: ['do'] });

    const answer = await broadcast('commands', { message: { type: 'do' } });

    expect(expectProblem(answer, 409)).toMatchObject({ code: 'wrong-kind' });
  });
});

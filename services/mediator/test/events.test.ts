import { actAs } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

describe('events', () => {
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator();
  });
  afterEach(() => service.stop());

  it('run as in the seed’s example: one handler tells the others of a user that was created', async () => {
    const handler = (id: string, ...handles: string[]) => ({ id, name: id, type: 'event', handles });
    await service.begin(
      { name: 'm', kind: 'event' },
      ...[handler('user_handler', 'user_created'), handler('email_handler', 'user_created')],
      handler('order_handler', 'order_created'),
    );
    const data = { user_id: '123', name: 'John Doe', email: 'john@example.com' };

    const answer = await actAs(service, 'm', 'user_handler').broadcast({
      message: {
        id: 'event1',
        type: 'user_created',
        data,
        source: 'user_service',
        timestamp: '2024-01-01T00:00:00Z',
      },
    });

    expect(answer).toMatchObject({
      status: 200,
      body: { message: 'Message broadcasted successfully', id: 'event1', recipients: ['email_handler'] },
    });
    const delivery = await actAs(service, 'm', 'email_handler').take();
    expect(delivery).toMatchObject({
      id: 'event1',
      kind: 'event',
      type: 'user_created',
      data,
      source: 'user_service',
      sender_id: 'user_handler',
      recipient_id: 'email_handler',
      broadcast: true,
      reply_expected: false,
    });
    expect(await actAs(service, 'm', 'order_handler').poll('wait_ms=0')).toEqual([]);
    expect((await service.get('/mediators/m/messages/event1')).body).toMatchObject({
      id: 'event1',
      kind: 'event',
      type: 'user_created',
      data,
      source: 'user_service',
      timestamp: expect.stringMatching(/^20/) as string,
    });
  });

  it('may be sent to one colleague, whatever it has subscribed to', async () => {
    await service.begin({ name: 'm', kind: 'event' }, 'a', 'b');

    const answer = await actAs(service, 'm', 'a').send({ recipient_id: 'b', message: { type: 'seen' } });

    expect(answer).toMatchObject({ status: 200, body: { message: 'Message sent successfully' } });
    expect(await actAs(service, 'm', 'b').take()).toMatchObject({
      type: 'seen',
      data: null,
      broadcast: false,
    });
  });

  it('reach those who have subscribed by the time', async () => {
    await service.begin({ name: 'm', kind: 'event' }, 'a', 'b');
    const broadcast = async () =>
      (
        (await actAs(service, 'm', 'a').broadcast({ message: { type: 'user.created' } })).body as {
          recipients: string[];
        }
      ).recipients;

    expect(await broadcast()).toEqual([]);
    await service.patch('/mediators/m/colleagues/b', { handles: ['user.*'] });
    expect(await broadcast()).toEqual(['b']);
    await service.patch('/mediators/m/colleagues/b', { handles: ['order.*'] });
    expect(await broadcast()).toEqual([]);
  });
});

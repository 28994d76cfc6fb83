import { eventually } from '@fanfare/core/testing';
import { connectWebSocket, refusedWith, type WebSocketTestClient } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { actAs } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

const seen = ({ frames }: WebSocketTestClient) =>
  frames.map(({ type, mediator, data }) => ({ type, mediator, data }));
const idsOf = ({ frames }: WebSocketTestClient) => frames.map(({ id }) => id);

describe('who watches the mediator by WebSocket', () => {
  let service: MediatorForTest;
  const watchers: WebSocketTestClient[] = [];

  async function watch(query = ''): Promise<WebSocketTestClient> {
    const watcher = await connectWebSocket(service.url, query);
    watchers.push(watcher);
    return watcher;
  }

  beforeEach(async () => {
    service = await hostMediator();
  });
  afterEach(async () => {
    for (const { socket } of watchers.splice(0)) socket.terminate();
    await service.stop();
  });

  it('is told once of each change of mediators and colleagues, and nothing when nothing has changed', async () => {
    const watcher = await watch();
    const colleague = { id: 'a', name: 'Ann', type: 'person' };

    await service.begin({ name: 'm', description: 'first' }, colleague);
    await service.post('/mediators', { name: 'm' });
    await service.post('/mediators/m/colleagues', colleague);
    for (const description of ['second', 'second']) await service.patch('/mediators/m', { description });
    for (let count = 0; count < 2; count += 1) await service.delete('/mediators/m/colleagues/a');
    for (let count = 0; count < 2; count += 1) await service.delete('/mediators/m');
    await service.begin({ name: 'end' });

    await eventually(() => {
      expect(seen(watcher)).toEqual([
        { type: 'mediator_created', mediator: 'm', data: { kind: 'message', description: 'first' } },
        {
          type: 'colleague_registered',
          mediator: 'm',
          data: { colleague_id: 'a', name: 'Ann', type: 'person' },
        },
        { type: 'mediator_updated', mediator: 'm', data: { description: 'second' } },
        { type: 'colleague_unregistered', mediator: 'm', data: { colleague_id: 'a' } },
        { type: 'mediator_deleted', mediator: 'm', data: {} },
        { type: 'mediator_created', mediator: 'end', data: { kind: 'message' } },
      ]);
    });
  });

  it('is told once of each message with its body, though the call is made twice', async () => {
    await service.begin({ name: 'm' }, 'a', 'b', 'c');
    const watcher = await watch();
    const a = actAs(service, 'm', 'a');
    const direct = { id: 'm-1', recipient_id: 'b', message: { x: [1, 'grüße'] } };

    for (let count = 0; count < 2; count += 1) await a.send(direct);
    await a.broadcast({ id: 'm-2', message: null, priority: 'high' });
    await a.send({ recipient_id: 'x', message: 'for nobody' });
    await a.send({ id: 'm-3', recipient_id: 'b', message: 'last' });

    const common = { kind: 'message', type: 'message', sender_id: 'a' };
    await eventually(() => {
      expect(seen(watcher)).toMatchObject([
        {
          type: 'message_sent',
          data: { ...common, message_id: 'm-1', recipient_id: 'b', body: { x: [1, 'grüße'] } },
        },
        {
          type: 'message_broadcasted',
          data: { ...common, message_id: 'm-2', recipients: ['b', 'c'], priority: 'high', body: null },
        },
        { type: 'message_sent', data: { message_id: 'm-3', body: 'last' } },
      ]);
    });
  });

  it('is told of the same facts as other services, from the moment when it comes, with their ids and times', async () => {
    await service.begin({ name: 'before' });
    const watcher = await watch();

    await service.begin({ name: 'n', kind: 'notification' });
    await service.post('/mediators/n/notifications', {
      id: 'hi',
      type: 'x',
      content: 'y',
      recipient_id: 'ann',
    });
    await service.post('/mediators/n/notifications/hi:ann/read');

    await eventually(async () => {
      const [, ...announced] = await service.announced();
      expect(watcher.frames.map(({ id, timestamp }) => ({ id, time: timestamp }))).toEqual(
        announced.map(({ id, time }) => ({ id, time })),
      );
      expect(watcher.frames.at(-1)).toMatchObject({ type: 'notification_read', mediator: 'n' });
    });
  });

  it('may narrow it to one mediator, which must be there', async () => {
    await service.begin({ name: 'm' }, 'a', 'b');
    await service.begin({ name: 'other' }, 'a', 'b');
    const watcher = await watch('?mediator=m');

    for (const mediator of ['m', 'other', 'm']) {
      await actAs(service, mediator, 'a').send({ recipient_id: 'b', message: mediator });
    }
    await service.delete('/mediators/other');
    await service.delete('/mediators/m');

    await eventually(() => {
      expect(seen(watcher)).toMatchObject([
        { type: 'message_sent', mediator: 'm' },
        { type: 'message_sent', mediator: 'm' },
        { type: 'mediator_deleted', mediator: 'm' },
      ]);
    });
    expect(await refusedWith(service.url, '?mediator=m')).toBe(404);
  });

  it('is closed when it does not read, without holding up the others', async () => {
    await service.stop();
    service = await hostMediator({ WS_DRAIN_MS: '3000' });
    await service.begin({ name: 'm' }, 'a', 'b');
    const [slow, quick] = [await watch(), await watch()];
    slow.socket.pause();

    for (let count = 0; count < 60; count += 1) {
      await actAs(service, 'm', 'a').send({ recipient_id: 'b', message: 'x'.repeat(250_000) });
    }

    await eventually(() => {
      expect(quick.frames).toHaveLength(60);
      expect(service.logLines.map(({ msg }) => msg)).toContain(
        'a WebSocket client does not read fast enough and is closed',
      );
    });
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: 4408 });
  });

  it('has nothing to say, and is told so', async () => {
    const watcher = await watch();

    expect(await watcher.ask({ type: 'heartbeat' })).toMatchObject({
      type: 'error',
      problem: { status: 400 },
    });
    await service.begin({ name: 'm' });

    await eventually(() => {
      expect(seen(watcher).at(-1)).toMatchObject({ type: 'mediator_created' });
    });
  });

  it('gets a goodbye with 1001 when the service stops', async () => {
    const watcher = await watch();

    await service.stop();

    expect(await watcher.closed).toEqual({ code: 1001, reason: 'the service stops' });
  });
});

describeOnEveryDatabase('who watches one of two instances', (_, underTest) => {
  it('is told of what happens in both, each fact once, in the order in which it was committed', async () => {
    const settings = { DATABASE_URL: await underTest.createUrl() };
    await using first = await hostMediator(settings);
    await using second = await hostMediator(settings);
    await first.begin({ name: 'm' }, 'a', 'b');
    const before = (await first.announced()).length;
    const watchers = [await connectWebSocket(first.url), await connectWebSocket(second.url)];

    const send = async (instance: MediatorForTest) => {
      const a = actAs(instance, 'm', 'a');
      for (let count = 0; count < 20; count += 1) await a.send({ recipient_id: 'b', message: count });
    };
    await Promise.all([first, second, first, second].map(send));

    const announced = (await first.announced()).slice(before).map(({ id }) => id);
    expect(announced).toHaveLength(80);
    await eventually(() => {
      expect(watchers.map(idsOf)).toEqual([announced, announced]);
    });
    for (const { socket } of watchers) socket.terminate();
  });
});

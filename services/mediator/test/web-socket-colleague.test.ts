import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { actAs } from './act-as';
import { idsOf, numbered } from './support/connect-colleague';
import { hostConnecting, type HostedConnecting } from './support/host-connecting';

describe('a colleague that is connected by WebSocket', () => {
  let hosted: HostedConnecting;
  let service: HostedConnecting['service'];
  let begin: HostedConnecting['begin'];
  let connect: HostedConnecting['connect'];
  let send: HostedConnecting['send'];

  async function host(...hosting: Parameters<typeof hostConnecting>): Promise<void> {
    hosted = await hostConnecting(...hosting);
    ({ service, begin, connect, send } = hosted);
  }

  async function restart(...hosting: Parameters<typeof hostConnecting>): Promise<void> {
    await hosted.stop();
    await host(...hosting);
  }

  beforeEach(() => host());
  afterEach(() => hosted.stop());

  it('gets what has waited and what comes, in order, and never again what it has acked', async () => {
    await begin();
    await send('m-0', 'm-1');
    const b = await connect();
    await send('m-2');
    await eventually(() => {
      expect(idsOf(b)).toEqual(['m-0', 'm-1', 'm-2']);
    });

    for (const id of idsOf(b)) {
      expect(await b.ack(id)).toMatchObject({ type: 'ok', recipient_id: 'b', status: 'acked', attempts: 1 });
    }
    b.socket.close();
    await b.closed;

    expect(b.deliveries[0]).toMatchObject({ kind: 'message', content: 'm-0', sender_id: 'a', attempt: 1 });
    expect(await actAs(service, 'm', 'b').poll('')).toEqual([]);
    expect((await service.get('/mediators/m/messages/m-1')).body).toMatchObject({ status: 'completed' });
  });

  it('stays active as long as it answers pings, though it says nothing', async () => {
    const clock = createVirtualClock();
    await restart({ INACTIVE_TIMEOUT: '1m' }, { clock });
    await begin();
    await connect();
    const readColleague = async (id: string) =>
      (await service.get(`/mediators/m/colleagues/${id}`)).body as Readonly<Record<string, unknown>>;

    for (let ping = 0; ping < 3; ping += 1) {
      await clock.advance(30_000);
      await eventually(async () => {
        expect(await readColleague('b')).toMatchObject({ last_activity: clock.now().toISOString() });
      });
    }

    expect(await readColleague('b')).toMatchObject({ active: true });
    expect(await readColleague('a')).toMatchObject({ active: false });
  });

  it('shares its mailbox with its other connections and with polling: each message is with one of them', async () => {
    await begin({}, { concurrency: 5 });
    const ids = numbered(60);
    const [first, second] = [await connect(), await connect()];
    for (const each of [first, second]) each.ackAll();
    const polled: string[] = [];

    await send(...ids.slice(0, 30));
    polled.push(...(await actAs(service, 'm', 'b').poll('limit=3')).map(({ id }) => id));
    await send(...ids.slice(30));

    await eventually(() => {
      expect([...idsOf(first), ...idsOf(second), ...polled].toSorted()).toEqual(ids.toSorted());
    });
  });

  it('has no more than `concurrency` messages in hands, and gets the next for each that it acks, nacks or answers', async () => {
    // no time passes: whatever comes was not merely looked for again
    await restart({}, { clock: createVirtualClock() });
    await begin({ kind: 'command' }, { concurrency: 3, handles: ['do'] });
    for (const id of numbered(6)) {
      await actAs(service, 'm', 'a').send({ message: { id, type: 'do' }, wait_ms: 0 });
    }
    const b = await connect();
    await b.ask({ type: 'heartbeat' });
    await eventually(() => {
      expect(idsOf(b)).toEqual(['m-0', 'm-1', 'm-2']);
    });

    for (const [index, frame] of [
      { type: 'ack', id: 'm-0' },
      { type: 'reply', id: 'm-1', result: 7 },
      { type: 'nack', id: 'm-2', error: { code: 'broken', retryable: false } },
    ].entries()) {
      expect(await b.ask(frame)).toMatchObject({ type: 'ok', recipient_id: 'b' });
      await eventually(() => {
        expect(idsOf(b)).toEqual(numbered(4 + index));
      });
    }

    expect((await service.get('/mediators/m/messages/m-1')).body).toMatchObject({
      status: 'completed',
      result: 7,
    });
    expect((await service.get('/mediators/m/messages/m-2')).body).toMatchObject({
      error: { code: 'broken' },
    });
  });

  it('gives back what it has not acked when it closes, though it had it for an hour; acks on the way count', async () => {
    await begin();
    const ids = numbered(16);
    await send(...ids);
    const b = await connect('b', '&visibility_ms=3600000');
    await eventually(() => {
      expect(b.deliveries).toHaveLength(16);
    });

    for (const id of ids.slice(1)) b.send({ type: 'ack', id });
    b.socket.close();
    const again = await connect();

    await eventually(() => {
      expect(again.deliveries).toMatchObject([{ id: 'm-0', attempt: 2 }]);
    });
  });

  it('gets again what it does not settle within `visibility_ms`', async () => {
    await begin({}, { concurrency: 1 });
    await send('m-0');
    const b = await connect('b', '&visibility_ms=100');

    await eventually(() => {
      expect(b.deliveries.slice(0, 2)).toMatchObject([
        { id: 'm-0', attempt: 1 },
        { id: 'm-0', attempt: 2 },
      ]);
    });
  });

  it('sends and broadcasts in its own name, in the order of its frames', async () => {
    await begin();
    const [a, b] = [await connect('a'), await connect('b')];
    b.ackAll();

    for (const id of numbered(20)) a.send({ type: 'send', id, recipient_id: 'b', message: id });
    const answer = await a.ask({ type: 'broadcast', id: 'all', message: { x: 1 } });

    expect(answer).toMatchObject({
      type: 'ok',
      message: 'Message broadcasted successfully',
      recipients: ['b'],
    });
    await eventually(() => {
      expect(idsOf(b)).toEqual([...numbered(20), 'all']);
    });
    expect(b.deliveries.at(-1)).toMatchObject({ sender_id: 'a', broadcast: true, content: { x: 1 } });
  });

  it('can do on one connection what it waits for there: its own command', async () => {
    await begin({ kind: 'command' }, { handles: ['do'] });
    const b = await connect();
    const answer = b.ask({ type: 'send', message: { id: 'c', type: 'do', data: 20 } });
    await eventually(() => {
      expect(b.deliveries).toMatchObject([{ id: 'c', data: 20, reply_expected: true }]);
    });

    await b.ask({ type: 'reply', id: 'c', result: 21 });

    expect(await answer).toMatchObject({ type: 'ok', id: 'c', status: 'completed', result: 21 });
  });

  it('stays active by its frames alone', async () => {
    const clock = createVirtualClock();
    await restart({ INACTIVE_TIMEOUT: '60s', WS_PING_MS: '3600000' }, { clock });
    await begin();
    const b = await connect();
    const isActive = async () =>
      ((await service.get('/mediators/m/colleagues/b')).body as { readonly active: boolean }).active;

    await clock.advance(50_000);
    expect(await b.ask({ type: 'heartbeat' })).toMatchObject({ type: 'ok' });
    await clock.advance(50_000);
    expect(await isActive()).toBe(true);
    await clock.advance(10_000);

    expect(await isActive()).toBe(false);
  });
});

import { eventually } from '@fanfare/core/testing';
import { connectWebSocket, refusedWith } from '@fanfare/service-kit/testing';
import { actAs } from './act-as';
import { numbered } from './support/connect-colleague';
import { hostConnecting, type HostedConnecting } from './support/host-connecting';

describe('a colleague that connects by WebSocket', () => {
  let hosted: HostedConnecting;
  let service: HostedConnecting['service'];
  let begin: HostedConnecting['begin'];
  let connect: HostedConnecting['connect'];

  async function host(...hosting: Parameters<typeof hostConnecting>): Promise<void> {
    hosted = await hostConnecting(...hosting);
    ({ service, begin, connect } = hosted);
  }

  async function restart(...hosting: Parameters<typeof hostConnecting>): Promise<void> {
    await hosted.stop();
    await host(...hosting);
  }

  beforeEach(() => host());
  afterEach(() => hosted.stop());

  it.each<[string, unknown, object]>([
    ['no JSON', '{', { code: 'invalid', detail: 'the frame is not JSON' }],
    ['no object', '7', { code: 'invalid' }],
    ['an unknown type', { type: 'shout' }, { errors: [{ field: 'type' }] }],
    ['no id', { type: 'ack' }, { errors: [{ field: 'id', message: 'is required' }] }],
    ['an unknown field', { type: 'ack', id: 'm-0', extra: 1 }, { errors: [{ field: 'extra' }] }],
    ['an unknown message', { type: 'ack', id: 'nope' }, { status: 404, code: 'not-found' }],
    ['neither result nor error', { type: 'reply', id: 'm-0' }, { code: 'invalid' }],
    ['an answer to no question', { type: 'reply', id: 'm-0', result: 1 }, { status: 409 }],
    ['nothing to send', { type: 'send', recipient_id: 'b' }, { errors: [{ field: 'message' }] }],
    [
      'an unknown recipient',
      { type: 'send', recipient_id: 'x', message: 1 },
      { code: 'recipient-not-found' },
    ],
    [
      'another sender',
      { type: 'send', sender_id: 'b', recipient_id: 'b', message: 1 },
      { errors: [{ field: 'sender_id' }] },
    ],
    [
      'too long a message',
      { type: 'send', recipient_id: 'b', message: 'x'.repeat(262_144) },
      { code: 'too-large' },
    ],
  ])('is told what is wrong with a frame that has %s, and stays connected', async (_, frame, problem) => {
    await begin();
    await actAs(service, 'm', 'b').send({ id: 'm-0', recipient_id: 'a', message: 1 });
    const a = await connect('a');

    a.send(frame);

    await eventually(() => {
      expect(a.frames.filter(({ type }) => type === 'error')).toMatchObject([{ problem }]);
    });
    expect(await a.ask({ type: 'heartbeat' })).toMatchObject({ type: 'ok' });
  });

  it.each([
    ['?mediator=x&colleague=b', 404],
    ['?mediator=m&colleague=x', 404],
    ['?colleague=b', 400],
    ['?mediator=m&visibility_ms=1000', 400],
    ['?mediator=m&colleague=b&visibility_ms=99', 400],
    ['?mediator=m&colleague=b&extra=1', 400],
    ['?mediator=m&mediator=m', 400],
  ])('is not let in with %s: %s', async (query, status) => {
    await begin();

    expect(await refusedWith(service.url, query)).toBe(status);
  });

  it('is let in from pages of its own host and of allowed origins only, and while there is room', async () => {
    await restart({ WS_ALLOWED_ORIGINS: 'https://shop.example', WS_MAX_CONNECTIONS: '2' });
    await begin();
    const query = '?mediator=m&colleague=b';

    expect(await refusedWith(service.url, query, { origin: 'https://evil.example' })).toBe(403);
    const own = await connectWebSocket(service.url, query, { origin: service.url });
    const allowed = await connectWebSocket(service.url, query, { origin: 'https://shop.example' });

    expect(await refusedWith(service.url, query)).toBe(503);
    for (const { socket } of [own, allowed]) socket.terminate();
  });

  it('is closed when it is unregistered, and when its mediator is removed', async () => {
    await begin();
    const [a, b] = [await connect('a'), await connect('b')];

    await service.delete('/mediators/m/colleagues/b');
    expect(await b.closed).toMatchObject({ code: 4404, reason: 'mediator m has no colleague b' });
    await service.delete('/mediators/m');

    expect(await a.closed).toMatchObject({ code: 4404, reason: 'there is no mediator m' });
  });

  it('is closed when it does not read, and what it has not got goes to who does', async () => {
    await restart({ WS_DRAIN_MS: '100' });
    await begin({}, { concurrency: 100 });
    const slow = await connect('b', '&visibility_ms=3600000');
    slow.socket.pause();
    const ids = numbered(60);
    for (const id of ids) {
      await actAs(service, 'm', 'a').send({ id, recipient_id: 'b', message: 'x'.repeat(250_000) });
    }
    await eventually(() => {
      expect(service.logLines.map(({ msg }) => msg)).toContain(
        'a WebSocket client does not read fast enough and is closed',
      );
    });

    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: 4408 });
    const polled: string[] = [];

    await eventually(async () => {
      polled.push(...(await actAs(service, 'm', 'b').poll('limit=10')).map(({ id }) => id));
      expect(polled.toSorted()).toEqual(ids.toSorted());
    });
  });
});

import { eventually, openRawConnection } from '@fanfare/core/testing';
import { refusedWith } from '@fanfare/service-kit/testing';
import { upTo, useLive } from './testing/use-live';

const { live, connect, publish, restartWith } = useLive();

describe('the WebSocket', () => {
  it('refuses a binary frame, and closes who sends too long a one', async () => {
    await restartWith({ maxFrameBytes: 2_048 });
    const client = await connect();

    client.socket.send(Buffer.from('{"type":"ping"}'));
    await eventually(() => {
      expect(client.frames).toMatchObject([{ type: 'error', error: 'a frame must be text' }]);
    });
    client.send('x'.repeat(2_049));

    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  it.each(['?last_position=x', '?last_position=-1', '?pattern=a*b', '?patern=*', '?user_id=a&user_id=b'])(
    'refuses to open with %s',
    async (query) => {
      expect(await refusedWith(live().url, query)).toBe(400);
    },
  );

  it('takes no more clients than it may, and another when one has gone', async () => {
    await restartWith({ maxConnections: 2 });
    const [first] = await Promise.all([connect(), connect()]);

    expect(await refusedWith(live().url)).toBe(503);
    first.socket.close();
    await first.closed;

    await eventually(() => connect());
  });

  it('closes who does not finish the handshake in time, and keeps who has finished it', async () => {
    await restartWith({}, { timeouts: { headersMs: 50, requestMs: 100, keepAliveMs: 100 } });
    const client = await connect();
    const slow = openRawConnection(live().url);
    slow.write('GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n');

    await eventually(() => {
      expect(slow.isClosed()).toBe(true);
    });
    expect(slow.received()).toMatch(/^HTTP\/1.1 408 /);
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
  });

  it('opens for programs and for pages of its own host or of an allowed origin, and for no other page', async () => {
    await restartWith({ allowedOrigins: ['https://shop.example'] });

    await connect();
    await connect('', { origin: live().url });
    await connect('', { origin: 'https://shop.example' });
    expect(await refusedWith(live().url, '', { origin: 'https://evil.example' })).toBe(403);
    expect(await refusedWith(live().url, '', { origin: 'null' })).toBe(403);

    await restartWith({ allowedOrigins: ['*'] });
    await connect('', { origin: 'https://any.example' });
  });

  it('keeps who answers its pings and cuts off who does not', async () => {
    const alive = await connect();
    const dead = await connect('', { autoPong: false });

    for (let beat = 0; beat < 2; beat += 1) {
      const pinged = new Promise((resolve) => alive.socket.once('ping', resolve));
      await live().clock.advance(30_000);
      await pinged;
      await alive.ask({ type: 'ping' });
    }

    expect(await dead.closed).toMatchObject({ code: 1006 });
    expect(await alive.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
  });

  it('closes a client that reads too slowly with the position where it can go on', async () => {
    await restartWith({ maxBufferedBytes: 200_000 });
    const slow = await connect();
    slow.socket.pause();
    for (let round = 0; round < 20; round += 1) await publish(20, 'test.happened', 'x'.repeat(50_000));

    await eventually(() => {
      expect(live().clock.pending).toBe(2); // the heartbeat, and the patience with this client
    });
    await live().clock.advance(10_000);
    slow.socket.resume();

    const { code, reason } = await slow.closed;
    const last = slow.positions.at(-1) ?? 0;
    expect({ code, reason }).toEqual({ code: 4408, reason: `last_position=${last}` });
    expect(last).toBeLessThan(400);
    const again = await connect(`?${reason}`);
    await eventually(() => {
      expect([...slow.positions, ...again.positions]).toEqual(upTo(400));
    });
  });

  it('lets a client that is merely far behind take its time', async () => {
    await restartWith({ maxBufferedBytes: 200_000 });
    for (let round = 0; round < 20; round += 1) await publish(20, 'test.happened', 'x'.repeat(50_000));

    const behind = await connect('?last_position=0');

    await eventually(() => {
      expect(behind.positions).toEqual(upTo(400));
    });
  });

  it('opens only when it knows where the log ends, unless the client says where to resume', async () => {
    const client = await connect('?last_position=0');
    live().isLogAway = true;

    expect(await refusedWith(live().url)).toBe(503);
    expect(await client.ask({ type: 'subscribe', pattern: 'user.*' })).toMatchObject({
      type: 'error',
      code: 'unavailable',
    });
    await publish(1, 'order.created');
    await eventually(() => {
      expect(client.positions).toEqual([1]);
    });
  });

  it('says goodbye with 1001 when the service stops, having sent what it had', async () => {
    const client = await connect();
    await publish(1);
    await eventually(() => {
      expect(client.positions).toEqual([1]);
    });

    await live().hosted.stop();

    expect(await client.closed).toEqual({ code: 1001, reason: 'the service stops' });
  });

  it('counts its clients in the metrics', async () => {
    await connect();

    expect((await live().hosted.request('/metrics')).body).toMatch(/^websocket_clients 1$/m);
  });
});

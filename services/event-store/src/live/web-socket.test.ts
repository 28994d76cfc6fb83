import { AppError, createSystemClock, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import type { ServiceFactory } from '@fanfare/service-kit';
import {
  hostForTest,
  refusedWith,
  serviceWith,
  type HostedForTest,
  type HostForTestOptions,
} from '@fanfare/service-kit/testing';
import { openEventLog, type EventLog } from '@fanfare/storage';
import { readConfig, type EventStoreConfig } from '../config';
import { createSignals, type Signals } from './signals';
import { createTail } from './tail';
import { connectClient, type TestClient } from './testing/ws-client';
import { createLive } from './web-socket';

interface LiveForTest {
  /** While it is, nobody can say where the log ends. */
  isLogAway: boolean;
  readonly log: EventLog;
  readonly signals: Signals;
  readonly hosted: HostedForTest;
  readonly clock: VirtualClock;
  readonly url: string;
}

const upTo = (last: number, after = 0) =>
  Array.from({ length: last - after }, (_, index) => after + index + 1);

describe('the WebSocket', () => {
  let live: LiveForTest;
  const clients: TestClient[] = [];

  /** A service that is nothing but a log that can be followed; its WebSocket lives by a virtual clock. */
  async function host(
    settings: Partial<EventStoreConfig['webSocket']> = {},
    options: HostForTestOptions = {},
  ): Promise<LiveForTest> {
    const log = await openEventLog('sqlite::memory:');
    const signals = createSignals();
    const clock = createVirtualClock();
    const tail = createTail({ log, clock: createSystemClock(), onFailure: () => undefined, maxEvents: 20 });
    const factory: ServiceFactory = ({ logger, metrics, own }) => {
      own(log);
      const all = { ...readConfig({}).webSocket, ...settings };
      const head = () =>
        made.isLogAway ? Promise.reject(new AppError('unavailable', 'the log is away')) : log.head();
      const deps = { tail, log: { head }, signals, clock, logger, metrics, settings: all };
      return serviceWith({ upgrade: createLive(deps), workers: [tail.worker] });
    };
    const hosted = await hostForTest(factory, options);
    const made = { isLogAway: false, log, signals, hosted, clock, url: hosted.url };
    return made;
  }

  async function connect(query = '', options = {}): Promise<TestClient> {
    const client = await connectClient(live.url, query, options);
    clients.push(client);
    return client;
  }

  async function publish(count: number, type = 'test.happened', data: unknown = {}): Promise<void> {
    const head = await live.log.head();
    const events = Array.from({ length: count }, (_, index) => ({
      specversion: '1.0' as const,
      id: `event-${head + index + 1}`,
      source: '/test',
      type,
      data,
    }));
    await live.log.append({ appends: [{ stream: null, expected: 'any', events }] });
  }

  beforeEach(async () => {
    live = await host();
  });

  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.terminate();
    await live.hosted.stop();
  });

  async function restartWith(...how: Parameters<typeof host>): Promise<void> {
    await live.hosted.stop();
    live = await host(...how);
  }

  it.each(['', '?user_id=u-1&client_id=c-1'])(
    'shows everything from now on to who comes with "%s"',
    async (query) => {
      await publish(3);
      const client = await connect(query);
      await client.ask({ type: 'ping' });

      await publish(1, 'com.fanfare.user.created.v1', { user_id: 'u-1' });

      await eventually(() => {
        expect(client.frames.slice(1)).toMatchObject([
          {
            type: 'event.published',
            position: 4,
            event: { id: 'event-4', position: 4, type: 'user.created', data: { user_id: 'u-1' } },
          },
        ]);
      });
    },
  );

  it('resumes after last_position and goes over to what is new without a seam', async () => {
    await publish(700);
    const clients = await Promise.all([connect('?last_position=0'), connect('?last_position=690&pattern=*')]);

    for (let round = 0; round < 10; round += 1) await publish(7);

    await eventually(() => {
      expect(clients.map(({ positions }) => positions)).toEqual([upTo(770), upTo(770, 690)]);
    });
  });

  it('loses and doubles nothing over 20 cuts', async () => {
    const seen: number[] = [];
    const resume = () => connect(`?last_position=${seen.at(-1) ?? 0}`);
    for (let cut = 0; cut < 20; cut += 1) {
      const client = await resume();
      await publish(11);
      await eventually(() => {
        expect(client.positions.length).toBeGreaterThan(5);
      });
      client.socket.terminate();
      seen.push(...client.positions);
    }

    const client = await resume();
    await eventually(() => {
      expect([...seen, ...client.positions]).toEqual(upTo(220));
    });
  });

  it('answers a subscription before it sends what it resumes, and sends nothing else from then on', async () => {
    await publish(2, 'order.created');
    await publish(2, 'user.created');
    const client = await connect();

    client.send({ type: 'subscribe', pattern: 'user.*', last_position: 0, request_id: 7 });
    await client.ask({ type: 'ping' });
    await publish(1, 'order.created');
    await publish(1, 'user.created');

    await eventually(() => {
      expect(client.positions).toEqual([3, 4, 6]);
    });
    expect(client.frames[0]).toEqual({ type: 'ok', request_id: 7, pattern: 'user.*', position: 0 });
  });

  it('sends each event once to a client with several subscriptions, wherever they begin', async () => {
    await publish(5, 'order.created');
    await publish(5, 'user.created');
    const client = await connect('?pattern=user.*&last_position=7');
    await eventually(() => {
      expect(client.positions).toEqual([8, 9, 10]);
    });

    await client.ask({ type: 'subscribe', pattern: '*', last_position: 3 });
    await client.ask({ type: 'subscribe', pattern: 'order.*' });
    await publish(1, 'order.created');

    await eventually(() => {
      expect(client.positions).toEqual([8, 9, 10, 4, 5, 6, 7, 11]);
    });
  });

  it('filters by an expression over the event, and stops when it is unsubscribed', async () => {
    const client = await connect();
    await client.ask({ type: 'subscribe', pattern: 'user.*', sql: "id = 'event-2'", last_position: 0 });
    await publish(3, 'user.created');
    await eventually(() => {
      expect(client.positions).toEqual([2]);
    });

    expect(await client.ask({ type: 'unsubscribe', pattern: 'user.*' })).toMatchObject({ type: 'ok' });
    await publish(1, 'user.created');
    await client.ask({ type: 'subscribe', pattern: 'order.*' });
    await publish(1, 'order.created');

    await eventually(() => {
      expect(client.positions).toEqual([2, 5]);
    });
  });

  it.each<[string, unknown, object]>([
    ['no JSON', '{', { error: 'the frame is not JSON' }],
    ['no object', '7', { code: 'invalid' }],
    ['an unknown type', { type: 'shout', request_id: 'r' }, { request_id: 'r', code: 'invalid' }],
    [
      'an unknown field',
      { type: 'ping', extra: 1 },
      { errors: [{ field: 'extra', message: expect.any(String) as string }] },
    ],
    ['no pattern', { type: 'subscribe' }, { errors: [{ field: 'pattern', message: 'is required' }] }],
    ['a bad pattern', { type: 'subscribe', pattern: 'a*b' }, { code: 'invalid' }],
    ['a bad expression', { type: 'subscribe', pattern: '*', sql: '(' }, { code: 'invalid' }],
    [
      'a bad position',
      { type: 'subscribe', pattern: '*', last_position: -1 },
      { errors: [{ field: 'last_position' }] },
    ],
    ['an end to what never began', { type: 'unsubscribe', pattern: '*' }, { code: 'not-found' }],
  ])('answers a frame with %s with an error and goes on', async (_, frame, expected) => {
    const client = await connect();

    client.send(frame);

    await eventually(() => {
      expect(client.frames).toMatchObject([
        { type: 'error', error: expect.any(String) as string, ...expected },
      ]);
    });
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
  });

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

  it('gives a client no more than 100 subscriptions', async () => {
    const client = await connect();
    for (let index = 0; index < 100; index += 1) client.send({ type: 'subscribe', pattern: `test.${index}` });

    expect(await client.ask({ type: 'subscribe', pattern: 'test.0' })).toMatchObject({ type: 'ok' });
    expect(await client.ask({ type: 'subscribe', pattern: 'more' })).toMatchObject({
      type: 'error',
      code: 'too-many-subscriptions',
    });
  });

  it.each(['?last_position=x', '?last_position=-1', '?pattern=a*b', '?patern=*', '?user_id=a&user_id=b'])(
    'refuses to open with %s',
    async (query) => {
      expect(await refusedWith(live.url, query)).toBe(400);
    },
  );

  it('takes no more clients than it may, and another when one has gone', async () => {
    await restartWith({ maxConnections: 2 });
    const [first] = await Promise.all([connect(), connect()]);

    expect(await refusedWith(live.url)).toBe(503);
    first.socket.close();
    await first.closed;

    await eventually(() => connect());
  });

  it('closes who does not finish the handshake in time, and keeps who has finished it', async () => {
    await restartWith({}, { timeouts: { headersMs: 50, requestMs: 100, keepAliveMs: 100 } });
    const client = await connect();
    const slow = openRawConnection(live.url);
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
    await connect('', { origin: live.url });
    await connect('', { origin: 'https://shop.example' });
    expect(await refusedWith(live.url, '', { origin: 'https://evil.example' })).toBe(403);
    expect(await refusedWith(live.url, '', { origin: 'null' })).toBe(403);

    await restartWith({ allowedOrigins: ['*'] });
    await connect('', { origin: 'https://any.example' });
  });

  it('keeps who answers its pings and cuts off who does not', async () => {
    const alive = await connect();
    const dead = await connect('', { autoPong: false });

    for (let beat = 0; beat < 2; beat += 1) {
      const pinged = new Promise((resolve) => alive.socket.once('ping', resolve));
      await live.clock.advance(30_000);
      await pinged;
      await alive.ask({ type: 'ping' });
    }

    expect(await dead.closed).toMatchObject({ code: 1006 });
    expect(await alive.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
  });

  it('closes a client that reads too slowly with the position where it can go on', async () => {
    await restartWith({ maxBufferedBytes: 200_000 });
    const slow = await connect();
    await slow.ask({ type: 'ping' });
    slow.socket.pause();
    for (let round = 0; round < 20; round += 1) await publish(20, 'test.happened', 'x'.repeat(50_000));

    await eventually(() => {
      expect(live.clock.pending).toBe(2); // the heartbeat, and the patience with this client
    });
    await live.clock.advance(10_000);
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

  it('asks who comes while the log is away to come again, unless it says where to resume', async () => {
    const client = await connect('?last_position=0');
    live.isLogAway = true;

    expect(await (await connect()).closed).toMatchObject({ code: 1013 });
    expect(await client.ask({ type: 'subscribe', pattern: 'user.*' })).toMatchObject({
      type: 'error',
      code: 'unavailable',
    });
    await publish(1, 'order.created');
    await eventually(() => {
      expect(client.positions).toEqual([1]);
    });
  });

  it('tells of what became of an event after the event itself, and only who follows it', async () => {
    const [all, users] = await Promise.all([connect('?last_position=0'), connect('?pattern=user.*')]);
    await Promise.all([all.ask({ type: 'ping' }), users.ask({ type: 'ping' })]);
    const failed = {
      type: 'event.failed',
      position: 1,
      event_id: 'event-1',
      observer_id: 'o-1',
      reason: 'away',
      attempt: 1,
    } as const;
    const processed = {
      type: 'event.processed',
      position: 1,
      event_id: 'event-1',
      observers: ['o-1'],
    } as const;
    const enabled = { type: 'observer.enabled', observer_id: 'o-1' } as const;

    await publish(1, 'order.created');
    for (const signal of [failed, processed, enabled]) live.signals.emit(signal);

    await eventually(() => {
      expect(all.frames.slice(1)).toMatchObject([{ type: 'event.published' }, failed, processed, enabled]);
    });
    expect(users.frames.slice(1)).toEqual([enabled]);
  });

  it('keeps no more than 10,000 signals that nobody can be told of yet', async () => {
    const client = await connect();
    await client.ask({ type: 'ping' });
    const told = () => client.frames.filter(({ type }) => type === 'observer.enabled').length;

    for (let count = 0; count < 10_500; count += 1) {
      live.signals.emit({ type: 'observer.enabled', observer_id: 'o-1' });
    }
    await eventually(() => {
      expect(told()).toBe(10_000);
    });
    live.signals.emit({ type: 'observer.enabled', observer_id: 'o-1' });

    await eventually(() => {
      expect(told()).toBe(10_001);
    });
  });

  it('says goodbye with 1001 when the service stops, having sent what it had', async () => {
    const client = await connect();
    await client.ask({ type: 'ping' });
    await publish(1);
    await eventually(() => {
      expect(client.positions).toEqual([1]);
    });

    await live.hosted.stop();

    expect(await client.closed).toEqual({ code: 1001, reason: 'the service stops' });
  });

  it('counts its clients in the metrics', async () => {
    await connect();

    expect((await live.hosted.request('/metrics')).body).toMatch(/^websocket_clients 1$/m);
  });
});

import { AppError, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { createConnectionPool, type ConnectionPool, type PooledConnection } from './connection-pool';

interface FakeConnection extends PooledConnection {
  readonly id: number;
  isUsable: boolean;
  isClosed: boolean;
}

describe('connection pool', () => {
  let clock: VirtualClock;
  let opened: FakeConnection[];
  let connectError: Error | undefined;
  let pool: ConnectionPool<FakeConnection>;

  async function connect(): Promise<FakeConnection> {
    if (connectError) throw connectError;
    const connection: FakeConnection = {
      id: opened.length,
      isUsable: true,
      isClosed: false,
      close: async () => {
        connection.isClosed = true;
      },
    };
    opened.push(connection);
    return connection;
  }

  beforeEach(() => {
    clock = createVirtualClock();
    opened = [];
    connectError = undefined;
    pool = createConnectionPool({ connect, clock, size: 2, maxWaiting: 2, maxWaitMs: 1_000 });
  });

  it('opens no more connections than are needed at once', async () => {
    for (let use = 0; use < 5; use += 1) pool.release(await pool.acquire());

    expect(opened).toHaveLength(1);
    expect(pool.state()).toEqual({ used: 0, idle: 1, waiting: 0 });
  });

  it('lets callers beyond its size wait, and serves them in the order in which they came', async () => {
    const first = await pool.acquire();
    const second = await pool.acquire();
    const order: string[] = [];
    const waiting = ['a', 'b'].map((name) =>
      pool.acquire().then((connection) => {
        order.push(`${name} got ${connection.id}`);
      }),
    );
    expect(pool.state()).toEqual({ used: 2, idle: 0, waiting: 2 });

    pool.release(second);
    pool.release(first);
    await Promise.all(waiting);

    expect(order).toEqual(['a got 1', 'b got 0']);
    expect(clock.pending).toBe(0);
  });

  it('refuses a caller when too many wait already', async () => {
    await Promise.all([pool.acquire(), pool.acquire()]);
    void pool.acquire();
    void pool.acquire();

    await expect(pool.acquire()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('lets nobody wait longer than the limit', async () => {
    await Promise.all([pool.acquire(), pool.acquire()]);
    const outcome = expect(pool.acquire()).rejects.toMatchObject({ code: 'unavailable' });

    await clock.advance(1_000);

    await outcome;
    expect(pool.state().waiting).toBe(0);
  });

  it('fails all who wait when the server cannot be reached', async () => {
    connectError = new AppError('unavailable', 'away');

    const outcomes = await Promise.allSettled([pool.acquire(), pool.acquire()]);

    expect(outcomes).toMatchObject([{ reason: connectError }, { reason: connectError }]);
    expect(pool.state()).toEqual({ used: 0, idle: 0, waiting: 0 });
  });

  it('keeps a caller waiting for a connection that may come free when no further one can be opened', async () => {
    const first = await pool.acquire();
    connectError = new AppError('unavailable', 'too many connections');
    const waiting = pool.acquire();
    await clock.advance(1);

    pool.release(first);

    expect(await waiting).toBe(first);
  });

  it('opens a new connection in the place of one that came back lost', async () => {
    const [first] = await Promise.all([pool.acquire(), pool.acquire()]);
    const waiting = pool.acquire();

    first.isUsable = false;
    pool.release(first);

    expect((await waiting).id).toBe(2);
  });

  it('passes over connections that died while nobody used them', async () => {
    const first = await pool.acquire();
    pool.release(first);
    first.isUsable = false;

    expect(pool.state().idle).toBe(0);
    expect((await pool.acquire()).id).toBe(1);
  });

  it('closes when all is given back, serving those who waited before', async () => {
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    const waiting = pool.acquire();
    const closed = pool.close();

    pool.release(first);
    pool.release(await waiting);
    expect(first.isClosed).toBe(false);
    pool.release(second);
    await closed;

    expect(opened.every(({ isClosed }) => isClosed)).toBe(true);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

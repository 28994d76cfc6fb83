import { AppError, toError, type Clock } from '@fanfare/core';
import type { PoolState } from './database';

/** What a pool must know of a connection. */
export interface PooledConnection {
  /** False once the connection is known to be lost: it is not handed out again. */
  readonly isUsable: boolean;
  close(): Promise<void>;
}

/** Lends at most `size` connections, in the order in which they are asked for. */
export interface ConnectionPool<Connection> {
  /**
   * A free connection, or a new one, or the next that is given back. Throws `unavailable` when none can be had: the
   * server is away, too many wait already, or the wait took too long. Nobody waits without a limit.
   */
  acquire(): Promise<Connection>;
  /** Gives back what `acquire` lent; a lost connection makes room for a new one. */
  release(connection: Connection): void;
  state(): PoolState;
  /** Refuses new callers, serves those who wait already, and closes when all is given back. Idempotent. */
  close(): Promise<void>;
}

export interface ConnectionPoolOptions<Connection> {
  readonly connect: () => Promise<Connection>;
  readonly clock: Clock;
  readonly size: number;
  readonly maxWaiting?: number;
  readonly maxWaitMs?: number;
}

interface Waiter<Connection> {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (reason: Error) => void;
}

/** A pool that opens connections only when they are needed and keeps them until they are lost or it is closed. */
export function createConnectionPool<Connection extends PooledConnection>({
  connect,
  clock,
  size,
  maxWaiting = 10_000,
  maxWaitMs = 10_000,
}: ConnectionPoolOptions<Connection>): ConnectionPool<Connection> {
  const waiters = new Set<Waiter<Connection>>();
  let idle: Connection[] = [];
  let used = 0;
  let connecting = 0;
  let whenUnused: (() => void) | undefined;
  let closed: Promise<void> | undefined;

  function acquire(): Promise<Connection> {
    if (closed) return Promise.reject(new AppError('unavailable', 'the database is closed'));
    const connection = takeIdle();
    if (connection) {
      used += 1;
      return Promise.resolve(connection);
    }
    if (waiters.size >= maxWaiting) {
      return Promise.reject(new AppError('unavailable', 'too many requests wait for the database'));
    }
    return waitForOne();
  }

  /** The one used last, which is the least likely to have been dropped by the server or on the way. */
  function takeIdle(): Connection | undefined {
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.isUsable) return connection;
    }
    return undefined;
  }

  function waitForOne(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(maxWaitMs, () => {
        waiters.delete(waiter);
        reject(new AppError('unavailable', 'the database was busy for too long'));
        settle();
      });
      const waiter: Waiter<Connection> = {
        resolve: (connection) => {
          timer.cancel();
          resolve(connection);
        },
        reject: (reason) => {
          timer.cancel();
          reject(reason);
        },
      };
      waiters.add(waiter);
      connectIfUseful();
    });
  }

  function connectIfUseful(): void {
    if (connecting >= waiters.size || used + idle.length + connecting >= size) return;
    connecting += 1;
    connect().then(
      (connection) => {
        connecting -= 1;
        offer(connection);
        settle();
      },
      (error: unknown) => {
        connecting -= 1;
        // while others hold connections, one of those may still come free
        if (used === 0) rejectAll(toError(error));
        settle();
      },
    );
  }

  function offer(connection: Connection): void {
    const [waiter] = waiters;
    if (!waiter) {
      idle.push(connection);
      return;
    }
    waiters.delete(waiter);
    used += 1;
    waiter.resolve(connection);
  }

  function rejectAll(reason: Error): void {
    for (const { reject } of waiters) reject(reason);
    waiters.clear();
  }

  function release(connection: Connection): void {
    used -= 1;
    if (connection.isUsable) offer(connection);
    else connectIfUseful();
    settle();
  }

  function settle(): void {
    if (used + connecting + waiters.size === 0) whenUnused?.();
  }

  async function closeWhenUnused(): Promise<void> {
    await new Promise<void>((resolve) => {
      whenUnused = resolve;
      settle();
    });
    await Promise.all(idle.map((connection) => connection.close()));
    idle = [];
  }

  return {
    acquire,
    release,
    state: () => ({
      used,
      idle: idle.filter(({ isUsable }) => isUsable).length,
      waiting: waiters.size,
    }),
    close: () => (closed ??= closeWhenUnused()),
  };
}

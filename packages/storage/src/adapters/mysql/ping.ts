import { AppError, type Clock } from '@fanfare/core';
import { sql } from 'kysely';
import { createConnectionPool } from '../../connection-pool';
import { createQueries } from '../../kysely-driver';
import { flavour } from './flavour';
import { openSession, type SessionOptions } from './session';

const pingLimitMs = 1_900;

/** Asks the server on a connection of its own: a pool that is busy must not look like a server that is away. */
export function createPing(options: SessionOptions, clock: Clock) {
  const pool = createConnectionPool({
    connect: () => openSession({ ...options, statementLimitMs: pingLimitMs }),
    clock,
    size: 1,
  });
  const queries = createQueries(flavour, pool);
  let underWay: Promise<void> | undefined;

  function askServer(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(pingLimitMs, () => {
        reject(new AppError('unavailable', 'the database does not answer'));
      });
      queries
        .selectNoFrom(sql`1`.as('one'))
        .execute()
        .then(() => {
          resolve();
        }, reject)
        .finally(() => {
          timer.cancel();
        });
    });
  }

  return {
    /** Callers that come while an answer is awaited share it. */
    ping: (): Promise<void> =>
      (underWay ??= askServer().finally(() => {
        underWay = undefined;
      })),
    closePing: () => pool.close(),
  };
}

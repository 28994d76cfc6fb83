import { computeBackoffDelayMs, type Clock } from '@fanfare/core';
import type { SqliteClient } from './client';
import { isBusy, toAppError } from './errors';

const busyLimitMs = 5_000;
const busyBackoff = { firstMs: 2, maxMs: 50 };

/**
 * Runs an action again while another process holds the file's lock, for some seconds, and throws what it throws as an
 * `AppError`. The library would wait by blocking the whole process, and with it whoever holds the lock here.
 */
export async function retryWhileBusy<T>(client: SqliteClient, clock: Clock, action: () => T): Promise<T> {
  const deadlineMs = clock.elapsedMs() + busyLimitMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return action();
    } catch (error) {
      const mayRetry = isBusy(error) && !client.inTransaction && clock.elapsedMs() < deadlineMs;
      if (!mayRetry) throw toAppError(error);
      await clock.sleep(computeBackoffDelayMs(tries, busyBackoff));
    }
  }
}

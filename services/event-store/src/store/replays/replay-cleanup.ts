import { isPassing, type Clock } from '@fanfare/core';
import { repeat, type Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { dropLeftGenerations } from '../count-generations';
import { keptMs } from '../jobs/job';
import type { StoreTables } from '../store-tables';

export interface ReplayCleanupDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Told when it has to be tried again. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

export interface ReplayCleanup extends Worker {
  /** Removes what ended long enough ago, with what it has found, and what recounts that will not end have counted. */
  cleanOnce(): Promise<void>;
}

/** Replays that ended can be read for 30 days. */
export function createReplayCleanup({
  database,
  clock,
  intervalMs,
  onFailure,
}: ReplayCleanupDeps): ReplayCleanup {
  async function cleanOnce(): Promise<void> {
    const before = clock.now().getTime() - keptMs;
    await database.transact(async (tx) => {
      const queries = tx.queries.withTables<StoreTables>();
      await queries
        .deleteFrom('replay_differences')
        .where((row) =>
          row('replay_id', 'in', row.selectFrom('replays').select('id').where('ended_at', '<', before)),
        )
        .execute();
      await queries.deleteFrom('replays').where('ended_at', '<', before).execute();
    });
    await dropLeftGenerations(database);
  }

  const cleaning = { name: 'replay-cleanup', restMs: intervalMs, clock, onFailure, isRetryable: isPassing };
  return { ...repeat(cleanOnce, cleaning), cleanOnce };
}

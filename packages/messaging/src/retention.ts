import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MessagingTables } from './messaging-tables';

export interface RetentionOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** How long published events stay in the topic logs for groups that are behind. */
  readonly keepMs?: number;
}

const defaultKeepMs = 7 * 24 * 3_600_000;
const everyMs = 3_600_000;

/** A worker that removes what is older than the retention time: published rows of topic logs, and inbox ids. */
export function createRetention({ database, clock, keepMs = defaultKeepMs }: RetentionOptions) {
  const queries = database.queries.withTables<MessagingTables>();

  async function pruneOnce(): Promise<void> {
    const before = clock.now().getTime() - keepMs;
    for (const { topic, part, published } of await queries
      .selectFrom('relay_cursors')
      .selectAll()
      .execute()) {
      await queries
        .deleteFrom('topic_log')
        .where('topic', '=', topic)
        .where('part', '=', part)
        .where('created_at', '<', before)
        .where('first_sequence', '<=', published)
        .execute();
    }
    await queries.deleteFrom('inbox').where('applied_at', '<', before).execute();
  }

  return {
    name: 'retention',
    pruneOnce,
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await pruneOnce();
        await clock.sleep(everyMs, signal);
      }
    },
  };
}

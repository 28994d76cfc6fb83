import { isTopicOfService } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MessagingTables } from './messaging-tables';

export interface RetentionOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** How long published events stay in the topic logs for groups that are behind. */
  readonly keepMs?: number;
  /** Prunes the topics of which this is true. Default: all but the parts of shared topics, which have their own worker. */
  readonly isMine?: (topic: string) => boolean;
  /** Whether ids of events without a sequence go as well. Default: true; of several workers one is enough. */
  readonly prunesInbox?: boolean;
  /** Names of relays that publish a topic besides its own one, by topic: what they have not published stays, too. */
  readonly otherRelays?: Readonly<Record<string, readonly string[]>>;
}

const defaultKeepMs = 7 * 24 * 3_600_000;
const everyMs = 3_600_000;

/** A worker that removes what is older than the retention time: published rows of topic logs, and inbox ids. */
export function createRetention({
  database,
  clock,
  keepMs = defaultKeepMs,
  isMine = (topic) => !isTopicOfService(topic),
  prunesInbox = true,
  otherRelays = {},
}: RetentionOptions) {
  const queries = database.queries.withTables<MessagingTables>();

  async function pruneOnce(): Promise<void> {
    const before = clock.now().getTime() - keepMs;
    const cursors = await queries.selectFrom('relay_cursors').selectAll().execute();
    for (const { topic, part, published } of cursors.filter((cursor) => isMine(cursor.topic))) {
      const others = (otherRelays[topic] ?? []).map((name) => {
        const cursor = cursors.find((other) => other.topic === name && other.part === part);
        return cursor?.published ?? 0;
      });
      await queries
        .deleteFrom('topic_log')
        .where('topic', '=', topic)
        .where('part', '=', part)
        .where('created_at', '<', before)
        .where('first_sequence', '<=', Math.min(published, ...others))
        .execute();
    }
    if (prunesInbox) await queries.deleteFrom('inbox').where('applied_at', '<', before).execute();
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

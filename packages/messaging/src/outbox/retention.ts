import { isTopicOfService } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MessagingTables } from '../messaging-tables';

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
/** Small enough that a prune never holds up what else the database does, however much there is to remove. */
const atOnce = 500;

type Place = Pick<MessagingTables['relay_cursors'], 'topic' | 'part'>;

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

  /** Removes what is old among the first events of a partition, up to `last`; false when nothing is. */
  async function pruneLog({ topic, part }: Place, last: number, before: number): Promise<boolean> {
    const first = await queries
      .selectFrom('topic_log')
      .select(['first_sequence', 'created_at'])
      .where('topic', '=', topic)
      .where('part', '=', part)
      .where('first_sequence', '<=', last)
      .orderBy('first_sequence')
      .limit(atOnce)
      .execute();
    const end = first.findLast((row) => row.created_at < before);
    if (!end) return false;
    await queries
      .deleteFrom('topic_log')
      .where('topic', '=', topic)
      .where('part', '=', part)
      .where('created_at', '<', before)
      .where('first_sequence', '<=', end.first_sequence)
      .execute();
    return true;
  }

  /** Removes the oldest ids; false when none is old. */
  async function pruneInbox(before: number): Promise<boolean> {
    const oldest = await queries
      .selectFrom('handled_events')
      .select('applied_at')
      .where('applied_at', '<', before)
      .orderBy('applied_at')
      .limit(atOnce)
      .execute();
    const end = oldest.at(-1);
    if (!end) return false;
    await queries.deleteFrom('handled_events').where('applied_at', '<=', end.applied_at).execute();
    return true;
  }

  async function pruneOnce(signal?: AbortSignal): Promise<void> {
    const before = clock.now().getTime() - keepMs;
    const cursors = await queries.selectFrom('relay_cursors').selectAll().execute();
    for (const cursor of cursors.filter(({ topic }) => isMine(topic))) {
      const others = (otherRelays[cursor.topic] ?? []).map((name) => {
        const other = cursors.find(({ topic, part }) => topic === name && part === cursor.part);
        return other?.published ?? 0;
      });
      const last = Math.min(cursor.published, ...others);
      await repeat(() => pruneLog(cursor, last, before), signal);
    }
    if (prunesInbox) await repeat(() => pruneInbox(before), signal);
  }

  return {
    name: 'retention',
    pruneOnce,
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await pruneOnce(signal);
        await clock.sleep(everyMs, signal);
      }
    },
  };
}

/** Until there is nothing more to do, or `signal` aborts. */
async function repeat(step: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted && (await step()));
}

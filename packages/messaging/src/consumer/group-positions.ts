import type { Database } from '@fanfare/storage';
import type { Cursor } from '../cursor/cursor';
import type { Feed } from '../feed/feed';
import type { MessagingTables } from '../messaging-tables';
import type { ParkedStore } from '../parked/parked-store';

/** One hop of the ledger: how far a group has come in one partition of a topic. */
export interface GroupPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The owner's newest sequence, or null when the owner cannot be asked now. */
  readonly head: number | null;
  /** The group's cursor. */
  readonly applied: number;
  readonly parked: number;
  readonly deadLetters: number;
  /** Accepted by the owner and not yet taken by this group. */
  readonly inFlight: number;
  readonly gapsFilled: number;
  /** Sequences that can no longer be had: lost to this group. At most a thousand are named. */
  readonly missing: readonly number[];
}

interface PositionsRequest {
  readonly database: Database;
  readonly feed: Feed;
  readonly parked: ParkedStore;
  readonly group: string;
  readonly topic: string;
  readonly members: readonly { readonly partition: number; readonly cursor: Cursor }[];
}

const maxNamed = 1_000;

/** How many events are lost to a group in a topic, for good. */
export async function countMissing(
  { queries }: Database,
  { group, topic }: Pick<GroupPosition, 'group' | 'topic'>,
): Promise<number> {
  const lost = await queries
    .withTables<MessagingTables>()
    .selectFrom('lost_events')
    .select(['from_sequence', 'to_sequence'])
    .where('group_name', '=', group)
    .where('topic', '=', topic)
    .execute();
  return lost.reduce((sum, { from_sequence, to_sequence }) => sum + to_sequence - from_sequence + 1, 0);
}

/** Reads where a group stands in each partition of a topic. */
export async function readGroupPositions(request: PositionsRequest): Promise<readonly GroupPosition[]> {
  const { database, feed, parked, group, topic, members } = request;
  const queries = database.queries.withTables<MessagingTables>();
  const [gaps, lost, counts] = await Promise.all([
    queries
      .selectFrom('cursors')
      .select(['part', 'gaps_filled'])
      .where('group_name', '=', group)
      .where('topic', '=', topic)
      .execute(),
    queries
      .selectFrom('lost_events')
      .selectAll()
      .where('group_name', '=', group)
      .where('topic', '=', topic)
      .execute(),
    parked.counts(),
  ]);
  return Promise.all(
    members.map(async ({ partition, cursor }) => {
      const applied = await cursor.load();
      const countOf = (state: 'parked' | 'dead') =>
        counts.find((row) => row.partition === partition && row.state === state)?.count ?? 0;
      const head = await readHead(feed, partition, applied);
      const missing = lost
        .filter(({ part }) => part === partition)
        .flatMap(({ from_sequence, to_sequence }) => sequencesBetween(from_sequence, to_sequence))
        .slice(0, maxNamed);
      return {
        group,
        topic,
        partition,
        head,
        applied,
        parked: countOf('parked'),
        deadLetters: countOf('dead'),
        inFlight: head === null ? 0 : Math.max(0, head - applied),
        gapsFilled: gaps.find(({ part }) => part === partition)?.gaps_filled ?? 0,
        missing,
      };
    }),
  );
}

/** An owner that is away is an answer here, not a failure: the ledger must work when parts of the system do not. */
async function readHead(feed: Feed, partition: number, applied: number): Promise<number | null> {
  try {
    return (await feed.read(partition, applied + 1, 0)).head;
  } catch {
    return null;
  }
}

function sequencesBetween(from: number, to: number): number[] {
  return Array.from({ length: Math.min(maxNamed, to - from + 1) }, (_, index) => from + index);
}

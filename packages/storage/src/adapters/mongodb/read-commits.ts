import type { Clock, Timer } from '@fanfare/core';
import { genesis } from '../../event-log/chain';
import type { CommitStore, Tail } from '../../event-log/commit-store';
import type { Collections } from './collections';
import { toCommit, toKey, type CommitDocument } from './documents';

type Commits = Collections['commits'];

const maxBatch = 1_000;
/** So long a walk waits for who goes on with it. */
const maxPauseMs = 10_000;

/** Holds for every commit but the truncated ones, of which only the key is left. */
export const isWhole = { hash: { $exists: true } } as const;

/** The end of the log. */
export async function readTail(commits: Commits): Promise<Tail> {
  const projection = { 'events.position': 1, hash: 1, recordedAt: 1 };
  const last = await commits.findOne({}, { sort: { _id: -1 }, projection });
  return last ? endOf(last) : genesis;
}

/** The end of a commit. */
export function endOf({
  _id,
  events,
  hash,
  recordedAt,
}: Pick<CommitDocument, '_id' | 'events' | 'hash' | 'recordedAt'>): Tail {
  return { position: Number(_id) + events.length - 1, hash, recordedAtMs: recordedAt.getTime() };
}

/** A walk through the log that was left where it may go on. */
interface Walk {
  readonly documents: AsyncGenerator<CommitDocument, undefined>;
  /** Where it goes on: the commit that was fetched last and not given out. */
  readonly ahead: CommitDocument;
}

export interface CommitReader {
  readonly read: CommitStore['readCommits'];
  /** Ends what was begun. */
  readonly stop: () => Promise<void>;
}

/**
 * Reads whole commits, beginning with the one that holds a position, else the next. Who goes on where it stopped a moment
 * ago goes on in the same query, since FerretDB looks at all commits for each. So a walk may see of a commit what it was
 * when the walk began; nothing but an erasure or a truncation can have changed it.
 */
export function createCommitReader(commits: Commits, clock: Clock): CommitReader {
  let left: Walk | undefined;
  let timer: Timer | undefined;

  function takeUp(): Walk | undefined {
    timer?.cancel();
    const walk = left;
    left = undefined;
    return walk;
  }

  async function stop(): Promise<void> {
    await takeUp()?.documents.return(undefined);
  }

  async function leave(walk: Walk): Promise<void> {
    await stop();
    left = walk;
    timer = clock.setTimer(maxPauseMs, () => {
      // a server that does not hear it ends the query by itself some time
      stop().catch(() => undefined);
    });
  }

  async function begin(position: number, batchSize: number): Promise<Walk | undefined> {
    if (left?.ahead._id === toKey(position)) return takeUp();
    const documents = commitsFrom(commits, position, batchSize);
    const { value: ahead } = await documents.next();
    return ahead && { documents, ahead };
  }

  return {
    stop,
    async read(position, maxEvents) {
      const walk = await begin(position, Math.min(maxEvents + 1, maxBatch));
      if (!walk) return [];
      const { documents, ahead } = walk;
      const found = [toCommit(ahead)];
      let events = ahead.events.length;
      for (;;) {
        const { value: next } = await documents.next();
        if (!next) return found;
        events += next.events.length;
        if (events > maxEvents) {
          await leave({ documents, ahead: next });
          return found;
        }
        found.push(toCommit(next));
      }
    },
  };
}

/** Every commit in order, beginning with the one that holds `position`, else the next. */
async function* commitsFrom(
  commits: Commits,
  position: number,
  batchSize: number,
): AsyncGenerator<CommitDocument, undefined> {
  const _id = { $gte: toKey(position) };
  const following = commits.find({ _id, ...isWhole }, { sort: { _id: 1 }, batchSize });
  try {
    const next = await following.next();
    const isInside = position > 1 && next?._id !== toKey(position);
    const holder = isInside ? await commits.findOne({ 'events.position': position }) : null;
    if (holder) yield holder;
    if (next) yield next;
    yield* following;
  } finally {
    await following.close();
  }
}

import { genesis } from '../../event-log/chain';
import type { Commit, Tail } from '../../event-log/commit-store';
import type { Collections } from './collections';
import { toCommit, toKey, type CommitDocument } from './documents';

type Commits = Collections['commits'];

const batchSize = 1_000;

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

/** Whole commits, beginning with the one that holds `position`, else the next; at least one, if there is one. */
export async function readCommits(
  commits: Commits,
  position: number,
  maxEvents: number,
): Promise<readonly Commit[]> {
  const found: CommitDocument[] = [];
  let events = 0;
  for await (const document of commitsFrom(commits, position, maxEvents)) {
    events += document.events.length;
    if (events > maxEvents && found.length > 0) break;
    found.push(document);
  }
  return found.map(toCommit);
}

/** Commits in order; as many as events are wanted, since each has one at least. */
async function* commitsFrom(
  commits: Commits,
  position: number,
  limit: number,
): AsyncGenerator<CommitDocument> {
  const _id = { $gte: toKey(position) };
  const following = commits.find({ _id, ...isWhole }, { sort: { _id: 1 }, limit, batchSize });
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

import { genesis } from '../../event-log/chain';
import type { StoredStream, Tail } from '../../event-log/commit-store';
import type { Collections } from './collections';
import { toKey, type CommitDocument, type TruncatedCommit } from './documents';
import { endOf, readTail } from './read-commits';

type Commits = Collections['commits'];

/** After so many commits of others that were fetched one by one, the rest is fetched together. */
const maxSteps = 128;
/** So many of the last commits can be fetched by their keys. */
const maxBegins = 128;

const projection = {
  recordedAt: 1,
  hash: 1,
  'events.attributes.id': 1,
  'events.streamId': 1,
  'events.category': 1,
  'events.version': 1,
} as const;

type KnownCommit = Pick<CommitDocument, '_id' | 'recordedAt' | 'hash' | 'events'>;

/** What the events of a log tell. */
export interface Contents {
  readonly ids: Set<string>;
  readonly streams: Map<string, StoredStream>;
}

/** The log up to a tail. */
interface Known {
  tail: Tail;
  /** Of a longer log no contents are remembered. */
  readonly maxEvents: number;
  /** Where the last commits begin. */
  readonly begins: number[];
  contents: Contents | undefined;
}

export type KnownLog = ReturnType<typeof createKnownLog>;

/**
 * Follows the end of the log. A commit tells where the next one begins, so that one lookup by key tells whether there is
 * any. As long as the log is short, its ids and streams are remembered too, so that who appends need not ask for what is
 * not there: FerretDB, which has no index but that of the key, would search the whole log for each.
 */
export function createKnownLog(commits: Commits, maxEvents: number) {
  let known: Known | undefined;
  let starting: Promise<Known> | undefined;

  function startOnce(): Promise<Known> {
    return (starting ??= start().finally(() => {
      starting = undefined;
    }));
  }

  async function start(): Promise<Known> {
    const end = await readTail(commits);
    const isShort = end.position <= maxEvents && !(await isTruncated(commits));
    const started: Known = {
      tail: isShort ? genesis : end,
      maxEvents,
      begins: [],
      contents: isShort ? { ids: new Set(), streams: new Map() } : undefined,
    };
    await extendToEnd(commits, started);
    known = started;
    return started;
  }

  return {
    /** The end of the log now. */
    async tail(): Promise<Tail> {
      const current = known ?? (await startOnce());
      for (let steps = 0; steps < maxSteps; steps += 1) {
        const _id = toKey(current.tail.position + 1);
        const next = await commits.findOne<KnownCommit | TruncatedCommit>({ _id }, { projection });
        if (!next) return current.tail;
        // it was truncated before it was seen here
        if (next.hash === undefined) return (await startOnce()).tail;
        extend(current, next);
      }
      await extendToEnd(commits, current);
      return current.tail;
    },
    /** Keys of the commits that hold what follows `position`; null when not all are known. */
    keysAfter(position: number): readonly string[] | null {
      const { begins } = known ?? { begins: [] };
      const first = begins.findLastIndex((begin) => begin <= position + 1);
      return first < 0 ? null : begins.slice(first).map(toKey);
    },
    /** To be told of every commit made here. */
    remember(commit: KnownCommit): void {
      if (known) extend(known, commit);
    },
    /** What the log contains up to `position`, and maybe more; undefined when the server must be asked. */
    contents: (position: number | undefined): Contents | undefined =>
      known && position !== undefined && position <= known.tail.position ? known.contents : undefined,
  };
}

async function isTruncated(commits: Commits): Promise<boolean> {
  const first = await commits.findOne<KnownCommit | TruncatedCommit>({ _id: toKey(1) }, { projection });
  return first !== null && first.hash === undefined;
}

async function extendToEnd(commits: Commits, known: Known): Promise<void> {
  const following = commits.find<KnownCommit | TruncatedCommit>(
    { _id: { $gt: toKey(known.tail.position) } },
    { sort: { _id: 1 }, projection },
  );
  for await (const commit of following) extend(known, commit);
}

/** Several may walk at once, so that a commit may be known already. */
function extend(known: Known, commit: KnownCommit | TruncatedCommit): void {
  const begin = known.tail.position + 1;
  if (commit.hash === undefined || commit._id !== toKey(begin)) return;
  known.tail = endOf(commit);
  known.begins.push(begin);
  if (known.begins.length > maxBegins) known.begins.shift();
  if (known.tail.position > known.maxEvents) known.contents = undefined;
  if (known.contents) addTo(known.contents, commit);
}

function addTo({ ids, streams }: Contents, { events, recordedAt }: KnownCommit): void {
  const updatedAtMs = recordedAt.getTime();
  for (const { attributes, streamId, category, version } of events) {
    ids.add(String(attributes['id']));
    if (streamId === null || category === null || version === null) continue;
    const { firstVersion = version, createdAtMs = updatedAtMs } = streams.get(streamId) ?? {};
    streams.set(streamId, { id: streamId, category, version, firstVersion, createdAtMs, updatedAtMs });
  }
}

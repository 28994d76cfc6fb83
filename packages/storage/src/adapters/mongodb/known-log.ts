import { genesis } from '../../event-log/chain';
import type { Tail } from '../../event-log/commit-store';
import type { Collections } from './collections';
import { addCommit, createContents, type Contents } from './contents';
import { toKey, type CommitDocument, type TruncatedCommit } from './documents';
import { endOf, readTail } from './read-commits';

/** After so many commits of others that were fetched one by one, the rest is fetched together. */
const maxSteps = 128;

const projection = {
  recordedAt: 1,
  hash: 1,
  'events.attributes.id': 1,
  'events.streamId': 1,
  'events.category': 1,
  'events.version': 1,
  cursors: 1,
} as const;

type KnownCommit = Pick<CommitDocument, '_id' | 'recordedAt' | 'hash' | 'events' | 'cursors'>;

/** The log up to a tail. */
interface Known {
  tail: Tail;
  contents: Contents | undefined;
  /** How high commits have moved each cursor, of those that were seen here. */
  readonly heights: Map<string, number>;
  /** Whether all commits were seen here. */
  readonly isWhole: boolean;
}

export type KnownLog = ReturnType<typeof createKnownLog>;

/** What is stored, and what is remembered of it. */
export interface Log extends Collections {
  readonly known: KnownLog;
}

/**
 * Follows the end of the log. A commit tells where the next one begins, so that one lookup by key tells whether there is
 * any. As long as the log has at most `maxEvents`, and was not truncated when it was opened, it is also remembered where
 * what stands: then everything but a search is a lookup by key, and what is not there need not be looked for. FerretDB,
 * which has no other index, would search the whole log each time.
 */
export function createKnownLog(
  { commits, anchors }: Pick<Collections, 'commits' | 'anchors'>,
  maxEvents: number,
) {
  let known: Known | undefined;
  let starting: Promise<Known> | undefined;

  async function start(): Promise<Known> {
    const end = await readTail(commits);
    const isShort = end.position <= maxEvents && !(await isTruncated(anchors));
    const started: Known = {
      tail: isShort ? genesis : end,
      contents: isShort ? createContents() : undefined,
      heights: new Map(),
      isWhole: isShort,
    };
    await extendToEnd(started);
    known = started;
    return started;
  }

  function startOnce(): Promise<Known> {
    return (starting ??= start().finally(() => {
      starting = undefined;
    }));
  }

  async function extendToEnd(current: Known): Promise<void> {
    const following = commits.find<KnownCommit | TruncatedCommit>(
      { _id: { $gt: toKey(current.tail.position) } },
      { sort: { _id: 1 }, projection },
    );
    for await (const commit of following) extend(current, commit);
  }

  /** Several may walk at once, so that a commit may be known already. */
  function extend(current: Known, commit: KnownCommit | TruncatedCommit): void {
    const begin = current.tail.position + 1;
    if (commit.hash === undefined || commit._id !== toKey(begin)) return;
    current.tail = endOf(commit);
    for (const { name, highest } of commit.cursors) current.heights.set(name, highest);
    if (current.tail.position > maxEvents) current.contents = undefined;
    if (current.contents) addCommit(current.contents, begin, commit);
  }

  /** The log as it is now. */
  async function look(): Promise<Readonly<Known>> {
    const current = known ?? (await startOnce());
    for (let steps = 0; steps < maxSteps; steps += 1) {
      const _id = toKey(current.tail.position + 1);
      const next = await commits.findOne<KnownCommit | TruncatedCommit>({ _id }, { projection });
      if (!next) return current;
      // it was truncated before it was seen here
      if (next.hash === undefined) return startOnce();
      extend(current, next);
    }
    await extendToEnd(current);
    return current;
  }

  return {
    look,
    /** Where what stands, up to `asOf` or else up to now; undefined when the server must be asked. */
    async contents(asOf?: number): Promise<Contents | undefined> {
      const isEnough = known && asOf !== undefined && asOf <= known.tail.position;
      return (isEnough ? known : await look())?.contents;
    },
    /** How high the commits up to `asOf` have moved a cursor at least; undefined when the server must be asked. */
    height(name: string, asOf: number): number | undefined {
      if (!known || known.tail.position < asOf) return undefined;
      return known.heights.get(name) ?? (known.isWhole ? 0 : undefined);
    },
    /** To be told what the server said. */
    rememberHeight(name: string, height: number): void {
      // commits that were seen meanwhile may have moved it further
      known?.heights.set(name, Math.max(height, known.heights.get(name) ?? 0));
    },
    /** To be told of every commit made here. */
    remember(commit: KnownCommit): void {
      if (known) extend(known, commit);
    },
  };
}

/** An anchor is there before anything goes. */
export async function isTruncated(anchors: Collections['anchors']): Promise<boolean> {
  return (await anchors.findOne({}, { projection: { _id: 1 } })) !== null;
}

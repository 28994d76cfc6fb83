import type { CommitStore, Direction, StoredStream } from '../../event-log/commit-store';
import { toKey, type CommitDocument } from './documents';

type Range = Parameters<CommitStore['readStream']>[1];
type KnownCommit = Pick<CommitDocument, 'recordedAt' | 'events'>;

interface KnownStream {
  state: StoredStream;
  /** The commits that hold its events, and the first version that each holds. */
  readonly commits: { readonly begin: number; readonly version: number }[];
}

/** Where what stands, of a log that is short enough to be remembered. Commits go by the position at which they begin. */
export interface Contents {
  readonly begins: number[];
  readonly ids: Map<string, number>;
  readonly streams: Map<string, KnownStream>;
}

export function createContents(): Contents {
  return { begins: [], ids: new Map(), streams: new Map() };
}

/** Adds the commit that follows the last one. */
export function addCommit(contents: Contents, begin: number, { events, recordedAt }: KnownCommit): void {
  contents.begins.push(begin);
  for (const { attributes, streamId, category, version } of events) {
    contents.ids.set(String(attributes['id']), begin);
    if (streamId === null || category === null || version === null) continue;
    addToStream(contents, begin, { id: streamId, category, version, updatedAtMs: recordedAt.getTime() });
  }
}

function addToStream(
  { streams }: Contents,
  begin: number,
  event: Omit<StoredStream, 'firstVersion' | 'createdAtMs'>,
): void {
  const known = streams.get(event.id);
  if (known) {
    known.state = { ...known.state, ...event };
    if (known.commits.at(-1)?.begin !== begin) known.commits.push({ begin, version: event.version });
  } else {
    const state = { ...event, firstVersion: event.version, createdAtMs: event.updatedAtMs };
    streams.set(event.id, { state, commits: [{ begin, version: event.version }] });
  }
}

/** Keys of at most `limit` commits that hold what follows a position, or precedes it. */
export function keysFrom(
  { begins }: Contents,
  position: number,
  direction: Direction,
  limit: number,
): readonly string[] {
  if (direction === 'backwards') {
    const last = begins.findLastIndex((begin) => begin < position);
    return begins
      .slice(Math.max(last + 1 - limit, 0), last + 1)
      .reverse()
      .map(toKey);
  }
  const first = begins.findLastIndex((begin) => begin <= position + 1);
  return begins.slice(first, first + limit).map(toKey);
}

/** Keys of the commits that hold a part of a stream, in the order in which it is read. */
export function keysOfStream(
  { streams }: Contents,
  streamId: string,
  { from, to, direction, limit }: Range,
): readonly string[] {
  const commits = streams.get(streamId)?.commits ?? [];
  const keys = commits
    .filter(({ version }, index) => version <= to && (commits[index + 1]?.version ?? Infinity) > from)
    .map(({ begin }) => toKey(begin));
  return (direction === 'forwards' ? keys : keys.reverse()).slice(0, limit);
}

/** Keys of the commits that hold the events with these ids. */
export function keysOfIds({ ids }: Contents, wanted: ReadonlySet<string>): readonly string[] {
  return toKeys([...wanted].map((id) => ids.get(id)));
}

/** Keys of the commits that hold these positions. */
export function keysOfPositions({ begins }: Contents, wanted: ReadonlySet<number>): readonly string[] {
  return toKeys([...wanted].map((position) => begins.findLast((begin) => begin <= position)));
}

function toKeys(begins: readonly (number | undefined)[]): readonly string[] {
  return [...new Set(begins)].flatMap((begin) => (begin === undefined ? [] : toKey(begin)));
}

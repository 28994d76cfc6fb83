import type { Commit, Tail } from '../../event-log/commit-store';
import type { Collections } from './collections';
import type { CommitCursor } from './documents';

type Cursors = Readonly<Record<string, number>>;

/** The highest value that a cursor was moved to, be it with events or without. */
export async function readCursor(collections: Collections, name: string): Promise<number> {
  const [moved, committed] = await Promise.all([
    collections.cursors.findOne({ _id: name }),
    readCommitted(collections.commits, name),
  ]);
  return Math.max(moved?.value ?? 0, committed);
}

/** Every commit says how high its cursors were moved up to then, so that the last one with a cursor tells. */
async function readCommitted(commits: Collections['commits'], name: string): Promise<number> {
  const last = await commits.findOne(
    { 'cursors.name': name },
    { sort: { _id: -1 }, projection: { cursors: 1 } },
  );
  return last?.cursors.find((cursor) => cursor.name === name)?.highest ?? 0;
}

export async function moveCursors({ cursors }: Pick<Collections, 'cursors'>, moved: Cursors): Promise<void> {
  const writes = Object.entries(moved).map(([name, value]) => ({
    updateOne: { filter: { _id: name }, update: { $max: { value } }, upsert: true },
  }));
  if (writes.length > 0) await cursors.bulkWrite(writes, { ordered: false });
}

/**
 * Tells how high the cursors of commits have been moved as of a tail. It remembers what the commits made here have moved,
 * as long as nobody else has committed in between.
 */
export function createCursorHeights(commits: Collections['commits']) {
  let position: number | undefined;
  let heights = new Map<string, number>();

  async function raise(name: string, value: number): Promise<CommitCursor> {
    const highest = Math.max(value, heights.get(name) ?? (await readCommitted(commits, name)));
    return { name, value, highest };
  }

  return {
    /** The cursors of a commit that is to follow `tail`. */
    async raiseAll(cursors: Cursors, tail: Tail): Promise<readonly CommitCursor[]> {
      if (position !== tail.position) heights = new Map();
      return Promise.all(Object.entries(cursors).map(([name, value]) => raise(name, value)));
    },
    /** To be told of every commit made here. */
    remember({ position: begin, events }: Commit, cursors: readonly CommitCursor[]): void {
      position = begin + events.length - 1;
      for (const { name, highest } of cursors) heights.set(name, highest);
    },
  };
}

import type { Tail } from '../../event-log/commit-store';
import type { Collections } from './collections';
import type { CommitCursor } from './documents';
import type { Log } from './known-log';
import { upsert } from './upsert';

type Cursors = Readonly<Record<string, number>>;

/** The highest value that a cursor was moved to, be it with events or without. */
export async function readCursor(log: Log, name: string): Promise<number> {
  const { tail } = await log.known.look();
  const [moved, committed] = await Promise.all([
    log.cursors.findOne({ _id: name }),
    readCommitted(log, name, tail),
  ]);
  return Math.max(moved?.value ?? 0, committed);
}

/**
 * Every commit says how high its cursors were moved up to then, so that the last one with a cursor tells. The server is
 * asked only where no such commit was seen here: FerretDB would look at the whole log each time.
 */
async function readCommitted({ commits, known }: Log, name: string, { position }: Tail): Promise<number> {
  const seen = known.height(name, position);
  if (seen !== undefined) return seen;
  const last = await commits.findOne(
    { 'cursors.name': name },
    { sort: { _id: -1 }, projection: { cursors: 1 } },
  );
  const height = last?.cursors.find((cursor) => cursor.name === name)?.highest ?? 0;
  known.rememberHeight(name, height);
  return height;
}

export async function moveCursors({ cursors }: Pick<Collections, 'cursors'>, moved: Cursors): Promise<void> {
  const writes = Object.entries(moved).map(([name, value]) => ({
    updateOne: { filter: { _id: name }, update: { $max: { value } }, upsert: true },
  }));
  if (writes.length > 0) await upsert(() => cursors.bulkWrite(writes, { ordered: false }));
}

/** The cursors of a commit that is to follow `tail`. */
export function raiseCursors(log: Log, cursors: Cursors, tail: Tail): Promise<readonly CommitCursor[]> {
  const raised = Object.entries(cursors).map(async ([name, value]) => {
    const highest = Math.max(value, await readCommitted(log, name, tail));
    return { name, value, highest };
  });
  return Promise.all(raised);
}

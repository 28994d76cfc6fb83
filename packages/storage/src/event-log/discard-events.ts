import type { Anchor, Commit, CommitStore } from './commit-store';
import type { Truncation } from './event-log';

/** Events may be large: this many are in memory at a time. */
const pageEvents = 100;

export interface EraseDeps {
  readonly store: CommitStore;
  /** Writes into the log that a subject is erased; answers where. */
  readonly record: (subject: string) => Promise<number>;
}

/**
 * Erases the data of all events that a subject has when it looks for the last time. Each stands before a record of that,
 * which is there first: wherever this is cut short, the log tells why the data is gone.
 */
export async function eraseSubject({ store, record }: EraseDeps, subject: string): Promise<number> {
  let erased = 0;
  let position = 0;
  let recordedAt = 0;
  for (;;) {
    const place = { position, direction: 'forwards', limit: pageEvents } as const;
    const events = await store.readEvents({ subject }, place);
    const left = events.flatMap((event) => (event.salt === null ? [] : event.position));
    if ((left.at(-1) ?? 0) > recordedAt) recordedAt = await record(subject);
    erased += await store.erase(left);
    const last = events.at(-1);
    if (!last || events.length < pageEvents) break;
    position = last.position;
  }
  // also when there was nothing to erase: the one before may have been cut short here
  await store.compact();
  return erased;
}

export interface TruncateDeps {
  readonly store: CommitStore;
  readonly renewSettings: (position: number) => Promise<void>;
}

/** Removes what lies before the commit that holds `position`, or before the last commit. */
export async function truncateBefore(
  { store, renewSettings }: TruncateDeps,
  position: number,
): Promise<Truncation> {
  const { position: head } = await store.tail();
  const [firstKept] = await store.readCommits(Math.min(position, head), 1);
  const anchor = furthest(await store.anchor(), firstKept);
  await renewSettings(anchor.position);
  const deletedEvents = await store.truncate(anchor);
  await store.compact();
  return { deletedEvents, anchorPosition: anchor.position };
}

function furthest(anchor: Anchor, firstKept: Commit | undefined): Anchor {
  return firstKept && firstKept.position - 1 > anchor.position
    ? { position: firstKept.position - 1, hash: firstKept.previousHash }
    : anchor;
}

import type { Commit, StoredEvent } from '../../event-log/commit-store';
import type { Statements } from './file';
import { eventColumns, toStoredEvents } from './rows';

interface CommitExtent {
  readonly position: number;
  readonly eventCount: number;
}

interface CommitRow extends CommitExtent {
  readonly recordedAtMs: number;
  readonly cursors: string;
  readonly previousHash: string;
  readonly hash: string;
}

const commitColumns =
  'position, event_count as eventCount, recorded_at as recordedAtMs, cursors, previous_hash as previousHash, hash';
/** The last commit that begins at or before a position. */
const selectBegin =
  'select position, event_count as eventCount from log_commits where position <= ? order by position desc limit 1';
const selectCommits = `select ${commitColumns} from log_commits where position >= ? order by position limit ?`;
const selectEvents = `select ${eventColumns} from log_events where position between ? and ? order by position`;

/** Whole commits, beginning with the one that holds `position`, else the next; at least one, if there is one. */
export function readCommits(statements: Statements, position: number, maxEvents: number): readonly Commit[] {
  const begin = statements.first(selectBegin, position) as CommitExtent | undefined;
  const holdsPosition = begin && begin.position + begin.eventCount > position;
  const from = holdsPosition ? begin.position : position;
  const rows = takeWhole(statements.all(selectCommits, from, maxEvents) as readonly CommitRow[], maxEvents);
  const last = rows.at(-1);
  if (!last) return [];
  const lastPosition = last.position + last.eventCount - 1;
  const events = toStoredEvents(statements.all(selectEvents, from, lastPosition));
  let taken = 0;
  return rows.map((row) => {
    while (isBefore(events[taken], row.position)) taken += 1;
    const first = taken;
    while (isBefore(events[taken], row.position + row.eventCount)) taken += 1;
    return toCommit(row, events.slice(first, taken));
  });
}

/** False when there is no such event. */
function isBefore(event: StoredEvent | undefined, position: number): boolean {
  return event !== undefined && event.position < position;
}

function toCommit(
  { position, recordedAtMs, cursors, previousHash, hash }: CommitRow,
  events: readonly StoredEvent[],
): Commit {
  const moved = JSON.parse(cursors) as Commit['cursors'];
  return { position, recordedAtMs, events, cursors: moved, previousHash, hash };
}

function takeWhole(rows: readonly CommitRow[], maxEvents: number): readonly CommitRow[] {
  let events = 0;
  const tooMuch = rows.findIndex(({ eventCount }, index) => {
    events += eventCount;
    return events > maxEvents && index > 0;
  });
  return tooMuch < 0 ? rows : rows.slice(0, tooMuch);
}

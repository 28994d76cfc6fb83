import { genesis } from '../../event-log/chain';
import type { Commit, StoredEvent, Tail } from '../../event-log/commit-store';
import type { Statements } from './file';

const selectTail =
  'select position + event_count - 1 as position, hash, recorded_at as recordedAtMs ' +
  'from log_commits order by log_commits.position desc limit 1';
const insertCommit =
  'insert into log_commits (position, event_count, recorded_at, cursors, previous_hash, hash) values (?, ?, ?, ?, ?, ?)';
const insertEvent =
  'insert into log_events (position, recorded_at, stream, category, version, attributes, data_hash, salt, data, is_binary) ' +
  'values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
const moveCursor =
  'insert into log_cursors (name, value) values (?, ?) ' +
  'on conflict (name) do update set value = max(value, excluded.value)';

export function readTail(statements: Statements): Tail {
  return (statements.first(selectTail) as Tail | undefined) ?? genesis;
}

/** Inside a transaction. Returns false when `tail` is not the end of the log. */
export function writeCommit(statements: Statements, commit: Commit, tail: Tail): boolean {
  const end = readTail(statements);
  if (end.position !== tail.position || end.hash !== tail.hash) return false;
  const { position, events, recordedAtMs, cursors, previousHash, hash } = commit;
  const cursorText = JSON.stringify(cursors);
  statements.run(insertCommit, position, events.length, recordedAtMs, cursorText, previousHash, hash);
  for (const event of events) writeEvent(statements, event);
  moveCursors(statements, cursors);
  return true;
}

export function moveCursors(statements: Statements, cursors: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(cursors)) statements.run(moveCursor, name, value);
}

export function readCursor(statements: Statements, name: string): number {
  const row = statements.first('select value from log_cursors where name = ?', name);
  return (row as { value: number } | undefined)?.value ?? 0;
}

function writeEvent(statements: Statements, event: StoredEvent): void {
  statements.run(
    insertEvent,
    event.position,
    event.recordedAtMs,
    event.streamId,
    event.category,
    event.version,
    event.attributes,
    event.dataHash,
    event.salt,
    event.data,
    event.isBinary ? 1 : 0,
  );
}

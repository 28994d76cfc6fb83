import type { CommitStore, StoredEvent, StoredStream } from '../../event-log/commit-store';
import type { Statements } from './file';
import { eventColumns, toStoredEvents } from './rows';

type StreamRow = Omit<StoredStream, 'id'>;

const selectState =
  'select category, version, recorded_at as updatedAtMs, ' +
  '(select min(version) from log_events where stream = last.stream) as firstVersion, ' +
  '(select recorded_at from log_events where stream = last.stream order by version limit 1) as createdAtMs ' +
  'from log_events as last where stream = ? order by version desc limit 1';
const selectTruncated =
  'select category, version, version + 1 as firstVersion, created_at as createdAtMs, updated_at as updatedAtMs ' +
  'from log_truncated_streams where stream = ?';
const selectEvent = `select ${eventColumns} from log_events where id = ?`;
const selectEvents = (order: string) =>
  `select ${eventColumns} from log_events where stream = ? and version between ? and ? order by version ${order} limit ?`;
const selectByDirection = { forwards: selectEvents('asc'), backwards: selectEvents('desc') };

export function findStreams(
  statements: Statements,
  ids: readonly string[],
): ReadonlyMap<string, StoredStream> {
  const found = new Map<string, StoredStream>();
  for (const id of ids) {
    const state = findStream(statements, id);
    if (state) found.set(id, { id, ...state });
  }
  return found;
}

function findStream(statements: Statements, id: string): StreamRow | undefined {
  const present = statements.first(selectState, id) as StreamRow | undefined;
  const hasBegin = present?.firstVersion === 0;
  const truncated = hasBegin ? undefined : (statements.first(selectTruncated, id) as StreamRow | undefined);
  return present && truncated ? { ...present, createdAtMs: truncated.createdAtMs } : (present ?? truncated);
}

export function readStream(
  statements: Statements,
  streamId: string,
  { from, to, direction, limit }: Parameters<CommitStore['readStream']>[1],
): readonly StoredEvent[] {
  return toStoredEvents(statements.all(selectByDirection[direction], streamId, from, to, limit));
}

export function findEvents(statements: Statements, ids: readonly string[]): ReadonlyMap<string, StoredEvent> {
  const found = new Map<string, StoredEvent>();
  for (const id of ids) {
    const [event] = toStoredEvents(statements.all(selectEvent, id));
    if (event) found.set(id, event);
  }
  return found;
}

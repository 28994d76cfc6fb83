import type { CommitStore, StoredEvent } from '../../event-log/commit-store';
import type { EventFilter } from '../../event-log/event-log';
import type { Statements } from './file';
import { resolveTypes } from './resolve-types';
import { eventColumns, toStoredEvents } from './rows';

type Place = Parameters<CommitStore['readEvents']>[1];

/** A condition on a column. In a statement the unary plus keeps SQLite from going by that column's index. */
interface Condition {
  readonly sql: string;
  readonly value: string | number;
}

/** With more types than these the log is walked. */
const maxMergedTypes = 16;

const selectFirstSince =
  'select position from log_commits where recorded_at >= ? order by recorded_at, position limit 1';

/**
 * Events that match, in order. At most one index leads, and it is one that holds the positions in order, so that a page
 * costs what the page holds, however large the log: that of a value which only few events have, else that of the type,
 * merging several types, else that of a value which many have.
 */
export function readEvents(
  statements: Statements,
  filter: EventFilter,
  place: Place,
): readonly StoredEvent[] {
  const types = resolveTypes(statements, filter.types);
  const bounds = findBounds(statements, filter, place);
  if (types?.length === 0 || !bounds) return [];
  const rare = equalities({
    stream: filter.streamId,
    correlation_id: filter.correlationId,
    subject: filter.subject,
  });
  const common = equalities({ category: filter.category, source: filter.source });
  const others =
    filter.subjectPrefix === undefined ? bounds : [...bounds, startsWith('subject', filter.subjectPrefix)];
  const isByType = types !== undefined && rare.length === 0 && types.length <= maxMergedTypes;
  const [leading, ...following] = isByType ? [] : [...rare, ...common];
  const residual = [...(isByType ? common : following).map(withoutIndex), ...others];
  const branches = isByType
    ? types.map((type) => [{ sql: 'type = ?', value: type }, ...residual])
    : [[...(leading ? [leading] : []), ...(types ? [oneOf('+type', types)] : []), ...residual]];
  return select(statements, branches, place);
}

/** Bounds of position; undefined when no event can lie within. */
function findBounds(
  statements: Statements,
  { from, to }: EventFilter,
  { position, direction }: Place,
): readonly Condition[] | undefined {
  const firstSince = (time: Date) => {
    const first = statements.first(selectFirstSince, time.getTime()) as { position: number } | undefined;
    return first?.position;
  };
  const bounds: Condition[] = [
    { sql: direction === 'forwards' ? 'position > ?' : 'position < ?', value: position },
  ];
  if (from) {
    const first = firstSince(from);
    if (first === undefined) return undefined;
    bounds.push({ sql: 'position >= ?', value: first });
  }
  const end = to && firstSince(to);
  return end === undefined ? bounds : [...bounds, { sql: 'position < ?', value: end }];
}

function equalities(values: Readonly<Record<string, string | undefined>>): readonly Condition[] {
  return Object.entries(values).flatMap(([column, value]) =>
    value === undefined ? [] : { sql: `${column} = ?`, value },
  );
}

function withoutIndex({ sql, value }: Condition): Condition {
  return { sql: `+${sql}`, value };
}

function startsWith(column: string, prefix: string): Condition {
  return { sql: `substr(${column}, 1, ${Array.from(prefix).length}) = ?`, value: prefix };
}

function oneOf(column: string, values: readonly string[]): Condition {
  return { sql: `${column} in (select value from json_each(?))`, value: JSON.stringify(values) };
}

/** Merges what the branches find; each is read only as far as the page reaches. */
function select(
  statements: Statements,
  branches: readonly (readonly Condition[])[],
  { direction, limit }: Place,
): readonly StoredEvent[] {
  const order = `order by position ${direction === 'forwards' ? 'asc' : 'desc'} limit ?`;
  const texts = branches.map(
    (conditions) =>
      `select ${eventColumns} from log_events where ${conditions.map(({ sql }) => sql).join(' and ')} ${order}`,
  );
  const values = branches.flatMap((conditions) => [...conditions.map(({ value }) => value), limit]);
  const [only] = texts;
  const isOne = texts.length === 1 && only !== undefined;
  const text = isOne
    ? only
    : `${texts.map((branch) => `select * from (${branch})`).join(' union all ')} ${order}`;
  return toStoredEvents(statements.all(text, ...values, ...(isOne ? [] : [limit])));
}

import type { Statements } from './file';

const beginsLike = 'substr(type, 1, length(?)) = ?';

/** Steps from one type to the next through the index, so that it costs as many steps as there are types. */
const selectTypes =
  'with recursive found (type) as (' +
  'select min(type) from log_events where type >= ? union all ' +
  `select (select min(type) from log_events where type > found.type) from found where ${beginsLike}` +
  `) select type from found where ${beginsLike}`;

/** The types that match; undefined when all do. A pattern is resolved to the types that the log holds. */
export function resolveTypes(
  statements: Statements,
  patterns: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!patterns || patterns.includes('*')) return undefined;
  const types = patterns.flatMap((pattern) => {
    if (!pattern.endsWith('*')) return pattern;
    const prefix = pattern.slice(0, -1);
    const found = statements.all(selectTypes, prefix, prefix, prefix, prefix, prefix);
    return (found as readonly { type: string }[]).map(({ type }) => type);
  });
  return [...new Set(types)];
}

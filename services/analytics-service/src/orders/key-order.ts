import type { SqlRow, SqlValue } from '@fanfare/storage';

/**
 * The rows in the order of their keys. Whoever writes several rows of a table writes them like this: then two
 * transactions that want the same rows lock them in the same order, and one waits for the other instead of a deadlock.
 */
export function inKeyOrder<Row extends SqlRow>(
  rows: readonly Row[],
  key: readonly (keyof Row & string)[],
): Row[] {
  return [...rows].sort((one, other) => {
    for (const column of key) {
      const order = compare(one[column], other[column]);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compare(one: SqlValue | undefined, other: SqlValue | undefined): number {
  if (one === other || one == null || other == null) return 0;
  return one < other ? -1 : 1;
}

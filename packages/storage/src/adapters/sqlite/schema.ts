import type { Queries } from '../../queries';

/** A transaction is all it takes: it holds the file's write lock and undoes whatever it has changed. */
export function changeSchema(queries: Queries, change: (queries: Queries) => Promise<void>): Promise<void> {
  return queries.transaction().execute(change);
}

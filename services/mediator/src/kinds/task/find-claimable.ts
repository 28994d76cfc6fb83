import type { Queries } from '@fanfare/storage';
import type { Task } from './task';
import { fromTaskRow, type TaskTables } from './task-rows';

export interface Wanted {
  readonly mediatorKey: number;
  readonly colleagueId: string;
  /** Any, unless given. */
  readonly types: readonly string[] | undefined;
  readonly limit: number;
}

/**
 * The tasks that a colleague may claim now, the first one first. Each for itself: of those that have the same concurrency
 * key, only the first is sure to be free still once another one is claimed.
 */
export async function findClaimable(
  queries: Queries,
  { mediatorKey, colleagueId, types, limit }: Wanted,
  now: Date,
): Promise<readonly Task[]> {
  let found = queries
    .withTables<TaskTables>()
    .selectFrom('tasks')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('status', '=', 'pending')
    .where('available_at', '<=', now.getTime())
    .where((row) => row.or([row('handler_id', 'is', null), row('handler_id', '=', colleagueId)]))
    .where((row) =>
      row.or([
        row('concurrency_key', 'is', null),
        row(
          row
            .selectFrom('tasks as running')
            .select((other) => other.fn.countAll<number>().as('held'))
            .whereRef('running.mediator_key', '=', 'tasks.mediator_key')
            .whereRef('running.concurrency_key', '=', 'tasks.concurrency_key')
            .where('running.status', '=', 'running'),
          '<',
          row.ref('tasks.concurrency'),
        ),
      ]),
    );
  if (types) found = found.where('type', 'in', types);
  const rows = await found.orderBy('turn').orderBy('order_key').limit(limit).execute();
  return rows.map(fromTaskRow);
}

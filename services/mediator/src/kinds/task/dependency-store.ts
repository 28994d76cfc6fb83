import type { Queries } from '@fanfare/storage';
import type { Dependency, Task } from './task';
import { fromTaskRow, type TaskTables } from './task-rows';

/** Who waits for whom. */
export const dependencyStore = {
  /** Those of some tasks that there are; what was completed long ago may not be kept any more. */
  async find(queries: Queries, mediatorKey: number, ids: readonly string[]): Promise<readonly Dependency[]> {
    if (ids.length === 0) return [];
    return tables(queries)
      .selectFrom('tasks')
      .select(['id', 'status'])
      .where('mediator_key', '=', mediatorKey)
      .where('id', 'in', ids)
      .execute();
  },

  /** The tasks that cannot be claimed before another one is completed. */
  async blockedBy(queries: Queries, mediatorKey: number, id: string): Promise<readonly Task[]> {
    const rows = await tables(queries)
      .selectFrom('task_dependencies')
      .innerJoin('tasks', (join) =>
        join
          .onRef('tasks.mediator_key', '=', 'task_dependencies.mediator_key')
          .onRef('tasks.id', '=', 'task_dependencies.task_id'),
      )
      .selectAll('tasks')
      .where('task_dependencies.mediator_key', '=', mediatorKey)
      .where('task_dependencies.dependency_id', '=', id)
      .where('tasks.status', '=', 'blocked')
      .orderBy('tasks.order_key')
      .execute();
    return rows.map(fromTaskRow);
  },

  /** The ids of those that name a task as their dependency, by its id. */
  async dependents(
    queries: Queries,
    mediatorKey: number,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const dependents = new Map<string, string[]>(ids.map((id) => [id, []]));
    if (ids.length === 0) return dependents;
    const rows = await tables(queries)
      .selectFrom('task_dependencies')
      .select(['task_id', 'dependency_id'])
      .where('mediator_key', '=', mediatorKey)
      .where('dependency_id', 'in', ids)
      .orderBy('task_id')
      .execute();
    for (const { task_id: id, dependency_id: dependency } of rows) dependents.get(dependency)?.push(id);
    return dependents;
  },
};

function tables(queries: Queries) {
  return queries.withTables<TaskTables>();
}

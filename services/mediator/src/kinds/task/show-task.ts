import type { Queries } from '@fanfare/storage';
import { dependencyStore } from './dependency-store';
import type { Task } from './task';
import type { ShownTask } from './task-schemas';

/** Tasks as answers show them, each with those that depend on it. */
export async function showTasks(
  queries: Queries,
  mediatorKey: number,
  tasks: readonly Task[],
): Promise<readonly ShownTask[]> {
  const ids = tasks.map(({ id }) => id);
  const dependents = await dependencyStore.dependents(queries, mediatorKey, ids);
  return tasks.map((task) => show(task, dependents.get(task.id) ?? []));
}

function show(task: Task, dependents: readonly string[]): ShownTask {
  const { id, name, type, status, priority, data, dependencies, attempts, progress, result, error } = task;
  const { startedAt, endedAt } = task;
  return {
    id,
    name,
    type,
    status,
    priority,
    data,
    dependencies: [...dependencies],
    dependents: [...dependents],
    attempts,
    progress,
    result,
    error,
    colleague_id: task.colleagueId,
    lease_until: toTime(task.lease?.until),
    estimated_time: task.estimatedTime,
    actual_time: startedAt && endedAt && endedAt.getTime() - startedAt.getTime(),
    start_time: toTime(startedAt),
    end_time: toTime(endedAt),
  };
}

function toTime(date: Date | null | undefined): string | null {
  return date?.toISOString() ?? null;
}

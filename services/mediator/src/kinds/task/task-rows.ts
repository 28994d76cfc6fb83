import type { Failure } from '../../failure';
import { isOpen, type Task, type TaskSettings, type TaskStatus } from './task';

/** See `migrations/0008-tasks.sql` and `0013-last-holders.sql`. Times are milliseconds since 1970. */
export type TaskTables = {
  task_queues: { mediator_key: number; changes: number };
  tasks: {
    mediator_key: number;
    id: string;
    order_key: string;
    request_hash: string;
    settings: string;
    handler_id: string | null;
    type: string | null;
    concurrency_key: string | null;
    concurrency: number;
    status: TaskStatus;
    turn: number;
    available_at: number | null;
    attempts: number;
    progress: number;
    colleague_id: string | null;
    last_holder_id: string | null;
    token: number;
    answer: Task['answer'];
    lease_ms: number | null;
    lease_until: number | null;
    result: string | null;
    error: string | null;
    open_key: string | null;
    started_at: number | null;
    ended_at: number | null;
  };
  task_dependencies: { mediator_key: number; task_id: string; dependency_id: string };
};
export type TaskRow = TaskTables['tasks'];

/** The columns that never change. */
export function toTaskSettings(task: Task) {
  const { id, orderKey, name, type, priority, data, dependencies, retry } = task;
  const { handlerId, uniqueKey, concurrencyKey, concurrency, estimatedTime } = task;
  const settings: TaskSettings = {
    name,
    type,
    priority,
    data,
    dependencies,
    retry,
    handlerId,
    uniqueKey,
    concurrencyKey,
    concurrency,
    estimatedTime,
  };
  return {
    id,
    order_key: orderKey,
    settings: JSON.stringify(settings),
    handler_id: handlerId,
    type,
    concurrency_key: concurrencyKey,
    concurrency,
  };
}

/** The columns that change. */
export function toTaskState(task: Task) {
  return {
    status: task.status,
    turn: task.turn,
    available_at: toMs(task.availableAt),
    attempts: task.attempts,
    progress: task.progress,
    colleague_id: task.colleagueId,
    last_holder_id: task.lastHolderId,
    token: task.token,
    answer: task.answer,
    lease_ms: task.lease?.ms ?? null,
    lease_until: toMs(task.lease?.until ?? null),
    result: JSON.stringify(task.result ?? null),
    error: task.error && JSON.stringify(task.error),
    open_key: isOpen(task) ? task.uniqueKey : null,
    started_at: toMs(task.startedAt),
    ended_at: toMs(task.endedAt),
  };
}

/** What is parsed here was written by the functions above. */
export function fromTaskRow(row: TaskRow): Task {
  const { lease_ms: ms, lease_until: until } = row;
  return {
    ...(JSON.parse(row.settings) as TaskSettings),
    id: row.id,
    orderKey: row.order_key,
    status: row.status,
    turn: row.turn,
    availableAt: toDate(row.available_at),
    attempts: row.attempts,
    progress: row.progress,
    colleagueId: row.colleague_id,
    lastHolderId: row.last_holder_id,
    token: row.token,
    answer: row.answer,
    lease: ms === null || until === null ? null : { ms, until: new Date(until) },
    result: row.result === null ? null : (JSON.parse(row.result) as unknown),
    error: row.error === null ? null : (JSON.parse(row.error) as Failure),
    startedAt: toDate(row.started_at),
    endedAt: toDate(row.ended_at),
  };
}

function toMs(date: Date | null): number | null {
  return date?.getTime() ?? null;
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

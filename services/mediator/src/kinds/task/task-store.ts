import type { Queries, Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import { fencingFloors } from '../../fencing-floors';
import { groupIds } from '../../group-ids';
import type { Task, TaskStatus } from './task';
import { fromTaskRow, toTaskSettings, toTaskState, type TaskTables } from './task-rows';

export interface TaskPage {
  readonly status: TaskStatus | undefined;
  /** Only what comes after this order key in the order asked for. */
  readonly after: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** A task with the call that made it. */
export interface CreatedTask {
  readonly object: Task;
  readonly requestHash: string;
}

/** The tasks there are. Who writes has locked the queue of the mediator, or the mediator itself. */
export const taskStore = {
  /** Keeps everybody else from changing tasks of the mediator until the transaction ends. */
  async lockQueue(tx: Transaction, mediatorKey: number): Promise<void> {
    const row = { mediator_key: mediatorKey, changes: 1 };
    await tx.dialect.upsertRows(tx.queries, 'task_queues', [row], {
      key: ['mediator_key'],
      add: ['changes'],
    });
  },

  async insert(tx: Transaction, mediatorKey: number, { object, requestHash }: CreatedTask): Promise<void> {
    const key = { mediator_key: mediatorKey };
    const row = { ...key, request_hash: requestHash, ...toTaskSettings(object), ...toTaskState(object) };
    await tx.dialect.insertRows(tx.queries, 'tasks', [row]);
    const { id, dependencies } = object;
    const rows = dependencies.map((dependency) => ({ ...key, task_id: id, dependency_id: dependency }));
    if (rows.length > 0) await tx.dialect.insertRows(tx.queries, 'task_dependencies', rows);
  },

  async find(queries: Queries, mediatorKey: number, id: string): Promise<CreatedTask | null> {
    const row = await ofMediator(queries, mediatorKey).where('id', '=', id).executeTakeFirst();
    return row ? { object: fromTaskRow(row), requestHash: row.request_hash } : null;
  },

  /** Whether an open task has this unique key. */
  async isKeyTaken(queries: Queries, mediatorKey: number, uniqueKey: string): Promise<boolean> {
    const row = await tables(queries)
      .selectFrom('tasks')
      .select('id')
      .where('mediator_key', '=', mediatorKey)
      .where('open_key', '=', uniqueKey)
      .executeTakeFirst();
    return row !== undefined;
  },

  async save(tx: Transaction, mediatorKey: number, task: Task): Promise<void> {
    await tables(tx.queries)
      .updateTable('tasks')
      .set(toTaskState(task))
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', task.id)
      .execute();
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    { status, after, order, limit, offset }: TaskPage,
  ): Promise<readonly Task[]> {
    let page = ofMediator(queries, mediatorKey);
    if (status !== undefined) page = page.where('status', '=', status);
    if (after !== undefined) page = page.where('order_key', order === 'asc' ? '>' : '<', after);
    const rows = await page.orderBy('order_key', order).limit(limit).offset(offset).execute();
    return rows.map(fromTaskRow);
  },

  async heldBy(queries: Queries, mediatorKey: number, colleagueId: string): Promise<readonly Task[]> {
    const rows = await ofMediator(queries, mediatorKey)
      .where('status', '=', 'running')
      .where('colleague_id', '=', colleagueId)
      .execute();
    return rows.map(fromTaskRow);
  },

  /** Fails whatever is open in a mediator that is removed. No token is given again in one that is made anew. */
  async failAll(tx: Transaction, mediatorKey: number, error: Failure, at: Date): Promise<void> {
    await fencingFloors.raise(tx, mediatorKey, 'task', await findLastToken(tx.queries, mediatorKey));
    const open: readonly TaskStatus[] = ['blocked', 'pending', 'running'];
    const ended = { open_key: null, lease_until: null, ended_at: at.getTime() };
    await tables(tx.queries)
      .updateTable('tasks')
      .set({ status: 'failed', error: JSON.stringify(error), ...ended })
      .where('mediator_key', '=', mediatorKey)
      .where('status', 'in', open)
      .execute();
    await tables(tx.queries).deleteFrom('task_queues').where('mediator_key', '=', mediatorKey).execute();
  },

  /** How many there are in each state, of all mediators. */
  async count(queries: Queries): Promise<ReadonlyMap<string, number>> {
    const rows = await tables(queries)
      .selectFrom('tasks')
      .select((row) => ['status', row.fn.countAll<number>().as('tasks')])
      .groupBy('status')
      .execute();
    return new Map(rows.map(({ status, tasks }) => [status, tasks]));
  },

  /** Deletes up to `limit` that ended before a time; returns how many. */
  async prune(tx: Transaction, before: Date, limit: number): Promise<number> {
    const ended = await tables(tx.queries)
      .selectFrom('tasks')
      .select(['mediator_key', 'id'])
      .where('ended_at', '<', before.getTime())
      .orderBy('ended_at')
      .limit(limit)
      // one may be tried again just now
      .modifyEnd(tx.dialect.forUpdate)
      .execute();
    for (const [key, ids] of groupIds(ended)) {
      await fencingFloors.raise(tx, key, 'task', await findLastToken(tx.queries, key, ids));
      await tables(tx.queries)
        .deleteFrom('tasks')
        .where('mediator_key', '=', key)
        .where('id', 'in', ids)
        .execute();
      await tables(tx.queries)
        .deleteFrom('task_dependencies')
        .where('mediator_key', '=', key)
        .where('task_id', 'in', ids)
        .execute();
    }
    return ended.length;
  },
};

function tables(queries: Queries) {
  return queries.withTables<TaskTables>();
}

/** Of some tasks; of all that the mediator has without ids. */
async function findLastToken(
  queries: Queries,
  mediatorKey: number,
  ids?: readonly string[],
): Promise<number> {
  let found = tables(queries)
    .selectFrom('tasks')
    .select((row) => row.fn.max<number | string | null>('token').as('token'))
    .where('mediator_key', '=', mediatorKey);
  if (ids) found = found.where('id', 'in', ids);
  return Number((await found.executeTakeFirstOrThrow()).token ?? 0);
}

function ofMediator(queries: Queries, mediatorKey: number) {
  return tables(queries).selectFrom('tasks').selectAll().where('mediator_key', '=', mediatorKey);
}

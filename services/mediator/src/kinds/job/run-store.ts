import type { Queries, Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import { pruneRows } from '../../prune-rows';
import type { JobRun, RunStatus } from './job-run';
import { fromRunRow, toRunRow, toRunState, type JobTables } from './job-rows';
import type { ListPage } from './job-store';

/** A run with the call that made it, where there was one. */
export interface CreatedRun {
  readonly object: JobRun;
  readonly requestHash: string | null;
}

/** The runs of all jobs. Who changes one has locked its job. */
export const runStore = {
  async insert(tx: Transaction, mediatorKey: number, { object, requestHash }: CreatedRun): Promise<void> {
    const row = { mediator_key: mediatorKey, request_hash: requestHash, ...toRunRow(object) };
    await tx.dialect.insertRows(tx.queries, 'job_runs', [row]);
  },

  async find(queries: Queries, mediatorKey: number, id: string): Promise<CreatedRun | null> {
    const row = await tables(queries)
      .selectFrom('job_runs')
      .selectAll()
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? { object: fromRunRow(row), requestHash: row.request_hash } : null;
  },

  async save(tx: Transaction, mediatorKey: number, run: JobRun): Promise<void> {
    await tables(tx.queries)
      .updateTable('job_runs')
      .set(toRunState(run))
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', run.id)
      .execute();
  },

  /** Those that have not ended. */
  async running(queries: Queries, mediatorKey: number, jobId: string): Promise<readonly JobRun[]> {
    const rows = await ofJob(queries, mediatorKey, jobId).where('status', '=', 'running').execute();
    return rows.map(fromRunRow);
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    jobId: string,
    { status, after, order, limit, offset }: ListPage<RunStatus>,
  ): Promise<readonly JobRun[]> {
    let page = ofJob(queries, mediatorKey, jobId);
    if (status !== undefined) page = page.where('status', '=', status);
    if (after !== undefined) page = page.where('order_key', order === 'asc' ? '>' : '<', after);
    const rows = await page.orderBy('order_key', order).limit(limit).offset(offset).execute();
    return rows.map(fromRunRow);
  },

  /** Fails whatever is open in a mediator that is removed. */
  async failAll(tx: Transaction, mediatorKey: number, error: Failure, at: Date): Promise<void> {
    const ended = { waits_for: null, due_at: null, ended_at: at.getTime() };
    await tables(tx.queries)
      .updateTable('job_runs')
      .set({ status: 'failed', error: JSON.stringify(error), ...ended })
      .where('mediator_key', '=', mediatorKey)
      .where('status', '=', 'running')
      .execute();
  },

  /** How many there are in each state, of all mediators. */
  async count(queries: Queries): Promise<ReadonlyMap<string, number>> {
    const rows = await tables(queries)
      .selectFrom('job_runs')
      .select((row) => ['status', row.fn.countAll<number>().as('runs')])
      .groupBy('status')
      .execute();
    return new Map(rows.map(({ status, runs }) => [status, runs]));
  },

  /** Deletes up to `limit` that ended before a time; returns how many. */
  prune(queries: Queries, before: Date, limit: number): Promise<number> {
    return pruneRows(queries, { table: 'job_runs', key: ['mediator_key', 'id'] }, before, limit);
  },
};

function tables(queries: Queries) {
  return queries.withTables<JobTables>();
}

function ofJob(queries: Queries, mediatorKey: number, jobId: string) {
  return tables(queries)
    .selectFrom('job_runs')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('job_id', '=', jobId);
}

import type { Queries, Transaction } from '@fanfare/storage';
import { pruneRows } from '../../prune-rows';
import type { Job, JobStatus } from './job';
import { fromJobRow, toJobRow, toJobState, type JobTables } from './job-rows';

export interface ListPage<Status> {
  readonly status: Status | undefined;
  /** Only what comes after this order key in the order asked for. */
  readonly after: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** A job with the call that made it. */
export interface CreatedJob {
  readonly object: Job;
  readonly requestHash: string;
}

/** The jobs there are. */
export const jobStore = {
  async insert(tx: Transaction, mediatorKey: number, { object, requestHash }: CreatedJob): Promise<void> {
    const row = { mediator_key: mediatorKey, request_hash: requestHash, ...toJobRow(object) };
    await tx.dialect.insertRows(tx.queries, 'jobs', [row]);
  },

  async find(queries: Queries, mediatorKey: number, id: string): Promise<CreatedJob | null> {
    const row = await select(queries, mediatorKey, id).executeTakeFirst();
    return row ? { object: fromJobRow(row), requestHash: row.request_hash } : null;
  },

  /** The same, locked until the end of the transaction: nobody else changes it or its runs. */
  async lock(tx: Transaction, mediatorKey: number, id: string): Promise<Job | null> {
    const row = await select(tx.queries, mediatorKey, id).modifyEnd(tx.dialect.forUpdate).executeTakeFirst();
    return row ? fromJobRow(row) : null;
  },

  /** Whether an open job has this unique key. */
  async isKeyTaken(queries: Queries, mediatorKey: number, uniqueKey: string): Promise<boolean> {
    const row = await tables(queries)
      .selectFrom('jobs')
      .select('id')
      .where('mediator_key', '=', mediatorKey)
      .where('open_key', '=', uniqueKey)
      .executeTakeFirst();
    return row !== undefined;
  },

  async save(tx: Transaction, mediatorKey: number, job: Job): Promise<void> {
    await tables(tx.queries)
      .updateTable('jobs')
      .set(toJobState(job))
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', job.id)
      .execute();
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    { status, after, order, limit, offset }: ListPage<JobStatus>,
  ): Promise<readonly Job[]> {
    let page = tables(queries).selectFrom('jobs').selectAll().where('mediator_key', '=', mediatorKey);
    if (status !== undefined) page = page.where('status', '=', status);
    if (after !== undefined) page = page.where('order_key', order === 'asc' ? '>' : '<', after);
    const rows = await page.orderBy('order_key', order).limit(limit).offset(offset).execute();
    return rows.map(fromJobRow);
  },

  /** Ends whatever is open in a mediator that is removed. */
  async cancelAll(tx: Transaction, mediatorKey: number, at: Date): Promise<void> {
    await tables(tx.queries)
      .updateTable('jobs')
      .set({ status: 'cancelled', next_run: null, open_key: null, ended_at: at.getTime() })
      .where('mediator_key', '=', mediatorKey)
      .where('ended_at', 'is', null)
      .execute();
  },

  /** Deletes up to `limit` that ended before a time; returns how many. */
  prune(queries: Queries, before: Date, limit: number): Promise<number> {
    return pruneRows(queries, { table: 'jobs', key: ['mediator_key', 'id'] }, before, limit);
  },
};

function tables(queries: Queries) {
  return queries.withTables<JobTables>();
}

function select(queries: Queries, mediatorKey: number, id: string) {
  return tables(queries)
    .selectFrom('jobs')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id);
}

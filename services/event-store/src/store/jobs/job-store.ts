import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import type { JobRow, JobTable, StoreTables } from '../store-tables';
import type { Job, JobProgress, JobRange, JobState } from './job';

/** A job in the hands of one instance; who comes after it has a higher fence. */
export interface ClaimedJob<Request extends JobRange> extends Job<Request> {
  readonly fence: number;
}

export interface JobPage {
  readonly afterId: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

export type HeldJob = Pick<ClaimedJob<JobRange>, 'id' | 'fence'>;

/** The jobs of one kind that there are, and who runs them. */
export interface JobStore<Request extends JobRange> {
  insert(job: Job<Request>): Promise<void>;
  find(id: string): Promise<Job<Request> | null>;
  /** In the order in which they were begun. */
  list(page: JobPage): Promise<readonly Job<Request>[]>;
  /** Takes those that nobody runs, oldest first. */
  claim(owner: string, limit: number): Promise<readonly ClaimedJob<Request>[]>;
  /** Goes on holding what is held, and answers what that is: what was paused or taken away is not. */
  renew(owner: string): Promise<readonly HeldJob[]>;
  /** Lets others have it, at once or after a while. */
  release(held: HeldJob, afterMs?: number): Promise<void>;
  /**
   * Moves a job on, together with what `write` writes; the answer tells whether to go on. Nothing is written when it
   * has another holder.
   */
  save(held: HeldJob, progress: JobProgress, write: (tx: Transaction) => Promise<void>): Promise<boolean>;
  /** The same, and ends it; nothing is written unless it is running. */
  end(
    held: HeldJob,
    progress: JobProgress,
    state: 'done' | 'failed',
    write: (tx: Transaction) => Promise<void>,
  ): Promise<void>;
  /** Forgets those that ended before a time. */
  removeEnded(before: Date): Promise<void>;
  /** Does nothing when it is in none of the states `from`. */
  changeState(id: string, from: readonly JobState[], state: JobState): Promise<void>;
}

/** A holder that says nothing for so long has lost what it holds. */
const leaseMs = 15_000;

export interface JobStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
}

/** Keeps jobs in a table of their kind. */
export function createJobStore<Request extends JobRange>(
  table: JobTable,
  { database, clock }: JobStoreDeps,
): JobStore<Request> {
  const queries = database.queries.withTables<StoreTables>();
  const nowMs = () => clock.now().getTime();

  return {
    async insert(job) {
      const row = { ...toRow(job), owner: '', lease_until: 0, fence: 0 };
      await database.dialect.insertRows(database.queries, table, [row]);
    },

    async find(id) {
      const row = await queries.selectFrom(table).selectAll().where('id', '=', id).executeTakeFirst();
      return row ? fromRow<Request>(row) : null;
    },

    async list({ afterId, order, limit, offset }) {
      let found = queries.selectFrom(table).selectAll().orderBy('id', order).limit(limit).offset(offset);
      if (afterId !== undefined) found = found.where('id', order === 'asc' ? '>' : '<', afterId);
      return (await found.execute()).map((row) => fromRow<Request>(row));
    },

    claim: (owner, limit) =>
      database.transact(async (tx) => {
        const jobs = tx.queries.withTables<StoreTables>();
        const rows = await jobs
          .selectFrom(table)
          .selectAll()
          .where('state', '=', 'running')
          .where('lease_until', '<=', nowMs())
          .orderBy('id')
          .limit(limit)
          .modifyEnd(tx.dialect.forUpdate)
          .execute();
        for (const { id, fence } of rows) {
          await jobs
            .updateTable(table)
            .set({ owner, fence: fence + 1, lease_until: nowMs() + leaseMs })
            .where('id', '=', id)
            .execute();
        }
        return rows.map((row) => ({ ...fromRow<Request>(row), fence: row.fence + 1 }));
      }),

    async renew(owner) {
      await queries
        .updateTable(table)
        .set({ lease_until: nowMs() + leaseMs })
        .where('owner', '=', owner)
        .where('state', '=', 'running')
        .where('lease_until', '>', 0)
        .execute();
      return queries
        .selectFrom(table)
        .select(['id', 'fence'])
        .where('owner', '=', owner)
        .where('state', '=', 'running')
        .execute();
    },

    async release({ id, fence }, afterMs = 0) {
      await queries
        .updateTable(table)
        .set({ owner: '', lease_until: afterMs === 0 ? 0 : nowMs() + afterMs })
        .where('id', '=', id)
        .where('fence', '=', fence)
        .execute();
    },

    save: ({ id, fence }, progress, write) =>
      database.transact(async (tx) => {
        const jobs = tx.queries.withTables<StoreTables>();
        const held = await jobs
          .selectFrom(table)
          .select('state')
          .where('id', '=', id)
          .where('fence', '=', fence)
          .modifyEnd(tx.dialect.forUpdate)
          .executeTakeFirst();
        if (!held) return false;
        await jobs.updateTable(table).set(toProgressColumns(progress)).where('id', '=', id).execute();
        await write(tx);
        return held.state === 'running';
      }),

    end: ({ id, fence }, progress, state, write) =>
      database.transact(async (tx) => {
        const { numUpdatedRows } = await tx.queries
          .withTables<StoreTables>()
          .updateTable(table)
          .set({ ...toProgressColumns(progress), state, ended_at: nowMs() })
          .where('id', '=', id)
          .where('fence', '=', fence)
          .where('state', '=', 'running')
          .executeTakeFirstOrThrow();
        if (numUpdatedRows > 0n) await write(tx);
      }),

    async removeEnded(before) {
      await queries.deleteFrom(table).where('ended_at', '<', before.getTime()).execute();
    },

    async changeState(id, from, state) {
      await queries
        .updateTable(table)
        .set({ state, ended_at: state === 'cancelled' ? nowMs() : null, owner: '', lease_until: 0 })
        .where('id', '=', id)
        .where('state', 'in', [...from])
        .execute();
    },
  };
}

function toRow({ id, state, request, progress, startedAt, endedAt }: Job<JobRange>) {
  return {
    id,
    state,
    request: JSON.stringify(request),
    ...toProgressColumns(progress),
    started_at: startedAt.getTime(),
    ended_at: endedAt?.getTime() ?? null,
  };
}

function toProgressColumns({ position, total, processed, errors, lastError, findings }: JobProgress) {
  return { position, total, processed, errors, last_error: lastError, findings: JSON.stringify(findings) };
}

/** What is parsed here was written by `toRow`. */
function fromRow<Request extends JobRange>(row: JobRow): Job<Request> {
  return {
    id: row.id,
    state: row.state,
    request: JSON.parse(row.request) as Request,
    progress: {
      position: row.position,
      total: row.total,
      processed: row.processed,
      errors: row.errors,
      lastError: row.last_error,
      findings: JSON.parse(row.findings) as JobProgress['findings'],
    },
    startedAt: new Date(row.started_at),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
  };
}

import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import type { StoreTables } from '../store-tables';
import type { Replay, ReplayProgress, ReplayRequest, ReplayState } from './replay';

/** A replay in the hands of one instance; who comes after it has a higher fence. */
export interface ClaimedReplay extends Replay {
  readonly fence: number;
}

export interface ReplayPage {
  readonly afterId: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

type Held = Pick<ClaimedReplay, 'id' | 'fence'>;

/** The replays there are, and who runs them. */
export interface ReplayStore {
  insert(replay: Replay): Promise<void>;
  find(id: string): Promise<Replay | null>;
  /** In the order in which they were begun. */
  list(page: ReplayPage): Promise<readonly Replay[]>;
  /** Takes replays that nobody runs, oldest first. */
  claim(owner: string, limit: number): Promise<readonly ClaimedReplay[]>;
  /** Goes on holding what is held, and answers what that is: what was paused or taken away is not. */
  renew(owner: string): Promise<readonly Held[]>;
  /** Lets others have it, at once or after a while. */
  release(held: Held, afterMs?: number): Promise<void>;
  /**
   * Moves a replay on, together with what `write` writes; the answer tells whether to go on. Nothing is written when it
   * has another holder.
   */
  save(held: Held, progress: ReplayProgress, write: (tx: Transaction) => Promise<void>): Promise<boolean>;
  /** The same, and ends it; nothing is written unless it is running. */
  end(
    held: Held,
    progress: ReplayProgress,
    state: 'done' | 'failed',
    write: (tx: Transaction) => Promise<void>,
  ): Promise<void>;
  /** Does nothing when it is in none of the states `from`. */
  changeState(id: string, from: readonly ReplayState[], state: ReplayState): Promise<void>;
}

/** A holder that says nothing for so long has lost what it holds. */
const leaseMs = 15_000;

export function createReplayStore({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Clock;
}): ReplayStore {
  const queries = database.queries.withTables<StoreTables>();
  const nowMs = () => clock.now().getTime();

  return {
    async insert(replay) {
      const row = { ...toRow(replay), owner: '', lease_until: 0, fence: 0 };
      await database.dialect.insertRows(database.queries, 'replays', [row]);
    },

    async find(id) {
      const row = await queries.selectFrom('replays').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? fromRow(row) : null;
    },

    async list({ afterId, order, limit, offset }) {
      let found = queries.selectFrom('replays').selectAll().orderBy('id', order).limit(limit).offset(offset);
      if (afterId !== undefined) found = found.where('id', order === 'asc' ? '>' : '<', afterId);
      return (await found.execute()).map(fromRow);
    },

    claim: (owner, limit) =>
      database.transact(async (tx) => {
        const replays = tx.queries.withTables<StoreTables>();
        const rows = await replays
          .selectFrom('replays')
          .selectAll()
          .where('state', '=', 'running')
          .where('lease_until', '<=', nowMs())
          .orderBy('id')
          .limit(limit)
          .modifyEnd(tx.dialect.forUpdate)
          .execute();
        for (const { id, fence } of rows) {
          await replays
            .updateTable('replays')
            .set({ owner, fence: fence + 1, lease_until: nowMs() + leaseMs })
            .where('id', '=', id)
            .execute();
        }
        return rows.map((row) => ({ ...fromRow(row), fence: row.fence + 1 }));
      }),

    async renew(owner) {
      await queries
        .updateTable('replays')
        .set({ lease_until: nowMs() + leaseMs })
        .where('owner', '=', owner)
        .where('state', '=', 'running')
        .where('lease_until', '>', 0)
        .execute();
      return queries
        .selectFrom('replays')
        .select(['id', 'fence'])
        .where('owner', '=', owner)
        .where('state', '=', 'running')
        .execute();
    },

    async release({ id, fence }, afterMs = 0) {
      await queries
        .updateTable('replays')
        .set({ owner: '', lease_until: afterMs === 0 ? 0 : nowMs() + afterMs })
        .where('id', '=', id)
        .where('fence', '=', fence)
        .execute();
    },

    save: ({ id, fence }, progress, write) =>
      database.transact(async (tx) => {
        const replays = tx.queries.withTables<StoreTables>();
        const held = await replays
          .selectFrom('replays')
          .select('state')
          .where('id', '=', id)
          .where('fence', '=', fence)
          .modifyEnd(tx.dialect.forUpdate)
          .executeTakeFirst();
        if (!held) return false;
        await replays.updateTable('replays').set(toProgressColumns(progress)).where('id', '=', id).execute();
        await write(tx);
        return held.state === 'running';
      }),

    end: ({ id, fence }, progress, state, write) =>
      database.transact(async (tx) => {
        const { numUpdatedRows } = await tx.queries
          .withTables<StoreTables>()
          .updateTable('replays')
          .set({ ...toProgressColumns(progress), state, ended_at: nowMs() })
          .where('id', '=', id)
          .where('fence', '=', fence)
          .where('state', '=', 'running')
          .executeTakeFirstOrThrow();
        if (numUpdatedRows > 0n) await write(tx);
      }),

    async changeState(id, from, state) {
      await queries
        .updateTable('replays')
        .set({ state, ended_at: state === 'cancelled' ? nowMs() : null, owner: '', lease_until: 0 })
        .where('id', '=', id)
        .where('state', 'in', [...from])
        .execute();
    },
  };
}

type ReplayRow = StoreTables['replays'];

function toRow({ id, state, request, progress, startedAt, endedAt }: Replay) {
  return {
    id,
    state,
    request: JSON.stringify(request),
    ...toProgressColumns(progress),
    started_at: startedAt.getTime(),
    ended_at: endedAt?.getTime() ?? null,
  };
}

function toProgressColumns({ position, total, processed, errors, lastError, findings }: ReplayProgress) {
  return { position, total, processed, errors, last_error: lastError, findings: JSON.stringify(findings) };
}

/** What is parsed here was written by `toRow`. */
function fromRow(row: ReplayRow): Replay {
  return {
    id: row.id,
    state: row.state,
    request: JSON.parse(row.request) as ReplayRequest,
    progress: {
      position: row.position,
      total: row.total,
      processed: row.processed,
      errors: row.errors,
      lastError: row.last_error,
      findings: JSON.parse(row.findings) as Replay['progress']['findings'],
    },
    startedAt: new Date(row.started_at),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
  };
}

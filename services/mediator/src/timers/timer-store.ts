import type { Clock } from '@fanfare/core';
import type { Database, DeferredWrite } from '@fanfare/storage';
import type { Timer, TimerKey } from './timers';

/** A timer in the hands of this instance, until the claim ends or the timer is set anew. */
export interface ClaimedTimer extends Timer {
  readonly claim: string;
  /** How often its handler has thrown since it was set. */
  readonly failures: number;
}

/** What a transaction does to a timer; `dueAt` null cancels it. */
export interface TimerChange {
  readonly key: TimerKey;
  readonly dueAt: Date | null;
}

/** The rows of the timers. */
export interface TimerStore {
  readonly change: DeferredWrite<TimerChange>;
  /** When the next timer may be claimed; null when there is none. */
  nextTime(): Promise<Date | null>;
  /** Takes timers that are due, those that have waited longest first. */
  claim(limit: number): Promise<readonly ClaimedTimer[]>;
  /** Removes a timer that has been handled, unless it was set anew meanwhile. */
  remove(timer: ClaimedTimer): Promise<void>;
  /** Gives back a timer that could not be handled, to be tried again after `delayMs`; unless it was set anew. */
  postpone(timer: ClaimedTimer, delayMs: number): Promise<void>;
}

type TimerTables = {
  timers: {
    kind: string;
    mediator_key: number;
    id: string;
    due_at: number;
    fires_at: number;
    claim: string;
    failures: number;
  };
};

/** Who has not handled a timer within this time is taken for dead, and another instance takes it. */
const claimMs = 6_000;

export interface TimerStoreDeps {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

export function createTimerStore({ database, clock, newId }: TimerStoreDeps): TimerStore {
  const queries = database.queries.withTables<TimerTables>();
  const nowMs = () => clock.now().getTime();

  return {
    change,

    async nextTime() {
      const next = await queries
        .selectFrom('timers')
        .select('fires_at')
        .orderBy('fires_at')
        .limit(1)
        .executeTakeFirst();
      return next ? new Date(next.fires_at) : null;
    },

    claim: (limit) =>
      database.transact(async (tx) => {
        const due = await tx.queries
          .withTables<TimerTables>()
          .selectFrom('timers')
          .selectAll()
          .where('fires_at', '<=', nowMs())
          .orderBy('fires_at')
          .limit(limit)
          .modifyEnd(tx.dialect.forUpdateSkipLocked)
          .execute();
        const claimed = { claim: newId(), fires_at: nowMs() + claimMs };
        const rows = due.map((row) => ({ ...row, ...claimed }));
        await tx.dialect.upsertRows(tx.queries, 'timers', rows, { key, replace: ['claim', 'fires_at'] });
        return rows.map(fromRow);
      }),

    async remove({ claim, ...timer }) {
      await queries
        .deleteFrom('timers')
        .where((row) => row.and(keyColumns(timer)))
        .where('claim', '=', claim)
        .execute();
    },

    async postpone({ claim, failures, ...timer }, delayMs) {
      await queries
        .updateTable('timers')
        .set({ claim: '', fires_at: nowMs() + delayMs, failures: failures + 1 })
        .where((row) => row.and(keyColumns(timer)))
        .where('claim', '=', claim)
        .execute();
    },
  };
}

const key = ['kind', 'mediator_key', 'id'];

const change: DeferredWrite<TimerChange> = {
  stage: 'aggregates',
  async write({ queries, dialect }, changes) {
    const rows = new Map(changes.map((each) => [JSON.stringify(keyColumns(each.key)), each]));
    // always in the same order, so that those who change the same ones wait for each other only in turn
    const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
    const set = sorted.flatMap(({ key: timer, dueAt }) => (dueAt ? [toRow({ ...timer, dueAt })] : []));
    await dialect.upsertRows(queries, 'timers', set, {
      key,
      replace: ['due_at', 'fires_at', 'claim', 'failures'],
    });
    for (const { key: timer } of sorted.filter(({ dueAt }) => dueAt === null)) {
      await queries
        .withTables<TimerTables>()
        .deleteFrom('timers')
        .where((row) => row.and(keyColumns(timer)))
        .execute();
    }
  },
};

function keyColumns({ kind, mediatorKey, id }: TimerKey) {
  return { kind, mediator_key: mediatorKey, id };
}

function toRow({ dueAt, ...timer }: Timer) {
  const dueMs = dueAt.getTime();
  return { ...keyColumns(timer), due_at: dueMs, fires_at: dueMs, claim: '', failures: 0 };
}

function fromRow({ kind, mediator_key, id, due_at, claim, failures }: TimerTables['timers']): ClaimedTimer {
  return { kind, mediatorKey: mediator_key, id, dueAt: new Date(due_at), claim, failures };
}

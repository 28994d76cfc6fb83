import { type PageQuery } from '@fanfare/service-kit';
import { AppError, type Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import { sql, type SelectQueryBuilder } from 'kysely';
import type { DeliveryTables } from './delivery-tables';
import { openStates, toFailure, type DeadLetterPolicy, type Failure } from './failure';
import { subjectKeyOf } from './order-key';
import { settleHeads } from './settle-heads';

/** An event that was given up for an observer. */
export interface DeadLetter extends Failure {
  readonly observerId: string;
}

export interface DeadLetterFilter {
  readonly observerId?: string | undefined;
  /** Part of the error. */
  readonly reason?: string | undefined;
}

/** Events that were given up, kept until someone delivers or removes them. */
export interface DeadLetters {
  /** By id, which is the order in which they failed first; one more than the page has when there are more. */
  list(filter: DeadLetterFilter, page: PageQuery): Promise<readonly DeadLetter[]>;
  /** Throws `not_found` for one that is not there, or is being tried again. */
  get(id: string): Promise<DeadLetter>;
  /** Has other data delivered in place of the event's own, which the log keeps. */
  edit(id: string, data: unknown): Promise<DeadLetter>;
  /** Has one tried again as if it had never been. */
  redrive(id: string): Promise<void>;
  /** The same for those of an observer, the oldest first; returns how many. */
  redriveAll(filter: DeadLetterFilter & { readonly observerId: string }, limit: number): Promise<number>;
  drop(id: string): Promise<void>;
  /** Removes those of a subject, and what else is kept of its data. */
  readonly forget: (subject: string) => Promise<void>;
}

export interface DeadLettersDeps {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly onDeadLetter: DeadLetterPolicy;
  /** Runs a change while nothing is under way to the observer; whoever serves it sees the change. */
  readonly interrupt: <T>(observerId: string, change: () => Promise<T>) => Promise<T>;
}

type Failures = SelectQueryBuilder<DeliveryTables, 'observer_failures', object>;

export function createDeadLetters(deps: DeadLettersDeps): DeadLetters {
  const { database, clock, onDeadLetter, interrupt } = deps;
  const queries = database.queries.withTables<DeliveryTables>();
  const dead = () => queries.selectFrom('observer_failures').where('state', '=', 'dead');

  async function get(id: string): Promise<DeadLetter> {
    const row = await dead().selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw new AppError('not_found', `there is no dead letter ${id}`);
    return toDeadLetter(row);
  }

  /** Changes what is kept with some keys, and lets whoever serves the observer begin again. */
  function change(
    observerId: string,
    orderKeys: readonly string[],
    write: (tx: Transaction) => Promise<unknown>,
  ): Promise<void> {
    const settled = { observerId, orderKeys, open: openStates(onDeadLetter), now: clock.now() };
    return interrupt(observerId, () =>
      database.transact(async (tx) => {
        await write(tx);
        await settleHeads(tx.queries, settled);
        await beginAgain(tx, observerId);
      }),
    );
  }

  function tryAgain(observerId: string, letters: readonly Pick<Failure, 'id' | 'orderKey'>[]) {
    const keys = [...new Set(letters.map(({ orderKey }) => orderKey))];
    const ids = letters.map(({ id }) => id);
    return change(observerId, keys, (tx) =>
      ofDead(tx, ids).set({ state: 'retry', attempts: 0, next_attempt_at: clock.now().getTime() }).execute(),
    );
  }

  return {
    get,
    async list(filter, { limit, order, cursor, offset = 0 }) {
      let found = select(dead(), filter);
      if (cursor !== undefined) found = found.where('id', order === 'asc' ? '>' : '<', cursor);
      const rows = await found
        .selectAll()
        .orderBy('id', order)
        .limit(limit + 1)
        .offset(offset)
        .execute();
      return rows.map(toDeadLetter);
    },
    async edit(id, data) {
      const edited_data = JSON.stringify(data);
      await queries
        .updateTable('observer_failures')
        .set({ edited_data })
        .where('id', '=', id)
        .where('state', '=', 'dead')
        .execute();
      return get(id);
    },
    async redrive(id) {
      const letter = await get(id);
      await tryAgain(letter.observerId, [letter]);
    },
    async redriveAll(filter, limit) {
      const rows = await select(dead(), filter).selectAll().orderBy('id').limit(limit).execute();
      if (rows.length > 0) await tryAgain(filter.observerId, rows.map(toFailure));
      return rows.length;
    },
    async drop(id) {
      const { observerId, orderKey } = await get(id);
      await change(observerId, [orderKey], (tx) => removeDead(tx, [id]));
    },
    async forget(subject) {
      const orderKey = subjectKeyOf(subject);
      // without what they hold, which may be much, or sealed with a key that is gone
      const rows = await dead().select(['id', 'observer_id']).where('order_key', '=', orderKey).execute();
      for (const observerId of new Set(rows.map((row) => row.observer_id))) {
        const ids = rows.filter((row) => row.observer_id === observerId).map(({ id }) => id);
        await change(observerId, [orderKey], (tx) => removeDead(tx, ids));
      }
      await forgetTexts(database, orderKey);
    },
  };
}

function select(failures: Failures, { observerId, reason }: DeadLetterFilter): Failures {
  let found = failures;
  if (observerId !== undefined) found = found.where('observer_id', '=', observerId);
  if (reason !== undefined) found = found.where(sql<boolean>`instr(error, ${reason}) > 0`);
  return found;
}

function ofDead(tx: Transaction, ids: readonly string[]) {
  return tx.queries
    .withTables<DeliveryTables>()
    .updateTable('observer_failures')
    .where('id', 'in', [...ids])
    .where('state', '=', 'dead');
}

function removeDead(tx: Transaction, ids: readonly string[]): Promise<unknown> {
  return tx.queries
    .withTables<DeliveryTables>()
    .deleteFrom('observer_failures')
    .where('id', 'in', [...ids])
    .where('state', '=', 'dead')
    .execute();
}

/** Refuses what is still written by whoever serves the observer, here or elsewhere. */
async function beginAgain(tx: Transaction, observerId: string): Promise<void> {
  await tx.queries
    .withTables<DeliveryTables>()
    .updateTable('observer_states')
    .set((row) => ({ fence: row('fence', '+', 1) }))
    .where('observer_id', '=', observerId)
    .execute();
}

/** What receivers answered may repeat what they were sent. */
async function forgetTexts(database: Database, orderKey: string): Promise<void> {
  const queries = database.queries.withTables<DeliveryTables>();
  await queries
    .updateTable('observer_failures')
    .set({ edited_data: null, error: null })
    .where('order_key', '=', orderKey)
    .execute();
  await queries
    .updateTable('observer_deliveries')
    .set({ error: null })
    .where('order_key', '=', orderKey)
    .execute();
}

function toDeadLetter(row: DeliveryTables['observer_failures']): DeadLetter {
  return { ...toFailure(row), observerId: row.observer_id };
}

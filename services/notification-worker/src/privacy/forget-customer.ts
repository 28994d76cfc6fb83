import { erasedIdentifier } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import { rewriteParked, type TopicLog } from '@fanfare/messaging';
import {
  eraseEverybodyIn,
  eraseSubjectIn,
  forgottenSubjects,
  rewriteJson,
  type Erasure,
  type Forgetting,
  type GoOn,
} from '@fanfare/service-kit';
import type { Database, Queries, Transaction } from '@fanfare/storage';
import { notificationColumns, toNotification } from '../notifications/notification-rows';
import type { NotificationTables } from '../notifications/notification-tables';
import { toOutcomeEvent } from '../notifications/outcome-event';
import { findPlacings } from './placings';

export interface ForgetCustomerDeps {
  readonly database: Pick<Database, 'queries' | 'transact'>;
  readonly topicLog: Pick<TopicLog, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

/** Few enough that none is locked for long. */
const rowsAtOnce = 500;
const reason = 'its customer was forgotten';

/**
 * Takes a customer out of all notifications of the orders that were placed until then, or of the one order that was erased
 * itself. What was not sent yet is given up: nobody is told anything any more. What a sender has in hand just now may
 * still arrive.
 */
export function createForgetCustomer(deps: ForgetCustomerDeps): Required<Forgetting> {
  const { database, topicLog, clock, newId } = deps;
  return {
    async forgetFirst(erasure, goOn) {
      // from here on nothing is noted any more that would have to be looked for
      await database.transact((tx) => forgottenSubjects.add(tx, erasure));
      for await (const ids of findNotifications(database.queries, erasure, goOn)) {
        await database.transact(async (tx) => {
          topicLog.append(tx, await giveUp(tx, ids, clock.now(), newId));
          await rewrite(tx, ids);
        });
      }
    },
    forget: (tx, { subject }) => rewriteParked(tx.queries, subject, eraseSubjectIn(subject)),
  };
}

/** A few at a time. All are looked at: there is no index by customer, and everybody would pay for one. */
async function* findNotifications(
  queries: Queries,
  erasure: Erasure,
  goOn: GoOn,
): AsyncGenerator<readonly string[]> {
  let rows: readonly NotedRow[];
  let after = '';
  do {
    rows = await readRows(queries, after);
    after = rows.at(-1)?.id ?? after;
    const ids = await selectErased(queries, rows, erasure);
    if (ids.length > 0) yield ids;
    goOn();
  } while (rows.length === rowsAtOnce);
}

type NotedRow = Pick<NotificationTables['notifications'], 'id' | 'order_id' | 'customer_id' | 'created_at'>;

function readRows(queries: Queries, after: string): Promise<readonly NotedRow[]> {
  return queries
    .withTables<NotificationTables>()
    .selectFrom('notifications')
    .select(['id', 'order_id', 'customer_id', 'created_at'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(rowsAtOnce)
    .execute();
}

/** What was noted after the erasure, but before anybody here knew of it, goes by when its order was placed. */
async function selectErased(
  queries: Queries,
  rows: readonly NotedRow[],
  { subject, erasedAt }: Erasure,
): Promise<readonly string[]> {
  const noted = rows.filter((row) => row.order_id === subject || row.customer_id === subject);
  const isLate = (row: NotedRow) => row.order_id !== subject && row.created_at > erasedAt.getTime();
  const placings = await findPlacings(
    queries,
    noted.filter(isLate).map((row) => row.order_id),
  );
  return noted
    .filter((row) => !isLate(row) || (placings.get(row.order_id)?.at ?? erasedAt) <= erasedAt)
    .map(({ id }) => id);
}

/** Whoever holds one of them finds that it is not his any more. */
async function giveUp(
  { queries, dialect }: Transaction,
  ids: readonly string[],
  now: Date,
  newId: () => string,
) {
  const table = queries.withTables<NotificationTables>();
  const pending = await table
    .selectFrom('notifications')
    .select(notificationColumns)
    .where('id', 'in', ids)
    .where('state', '=', 'pending')
    .orderBy('id')
    .modifyEnd(dialect.forUpdate)
    .execute();
  if (pending.length === 0) return [];
  await table
    .updateTable('notifications')
    .set({ state: 'failed', reason, due_at: null, claimed_by: null })
    .where(
      'id',
      'in',
      pending.map(({ id }) => id),
    )
    .execute();
  // giving up counts as the attempt that every failure has
  return pending.flatMap((row) => {
    const notification = toNotification(row);
    const settlement = {
      notification,
      state: 'failed',
      attempts: Math.max(1, row.attempts),
      dueAt: null,
      reason,
    } as const;
    return toOutcomeEvent(settlement, now, newId) ?? [];
  });
}

/** The text of a failure may repeat what the receiver was sent. */
async function rewrite({ queries }: Transaction, ids: readonly string[]): Promise<void> {
  const table = queries.withTables<NotificationTables>();
  const rows = await table
    .selectFrom('notifications')
    .select(['id', 'event_data'])
    .where('id', 'in', ids)
    .execute();
  for (const { id, event_data } of rows) {
    await table
      .updateTable('notifications')
      .set({ customer_id: erasedIdentifier, event_data: rewriteJson(event_data, eraseEverybodyIn) })
      .where('id', '=', id)
      .execute();
  }
  await table
    .updateTable('notifications')
    .set({ reason })
    .where('id', 'in', ids)
    .where('reason', 'is not', null)
    .execute();
}

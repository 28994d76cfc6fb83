import { erasedIdentifier } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import { rewriteParked, type TopicLog } from '@fanfare/messaging';
import {
  eraseEverybodyIn,
  eraseSubjectIn,
  forgottenSubjects,
  rewriteJson,
  type Erasure,
  type ForgetSubject,
} from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import { notificationColumns, toNotification } from '../notifications/notification-rows';
import type { NotificationTables } from '../notifications/notification-tables';
import { toOutcomeEvent } from '../notifications/outcome-event';

export interface ForgetCustomerDeps {
  readonly topicLog: Pick<TopicLog, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

/** As many keys as databases look up one by one. */
const keysPerStatement = 500;
const reason = 'its customer was forgotten';

/**
 * Takes a customer out of all notifications of the orders that were known until then, or of the one order that was erased
 * itself. What was not sent yet is given up: nobody is told anything any more. What a sender has in hand just now may
 * still arrive.
 */
export function createForgetCustomer({ topicLog, clock, newId }: ForgetCustomerDeps): ForgetSubject {
  return async function forgetCustomer(tx, erasure) {
    await forgottenSubjects.add(tx, erasure);
    const ids = await findNotifications(tx, erasure);
    for (let start = 0; start < ids.length; start += keysPerStatement) {
      const some = ids.slice(start, start + keysPerStatement);
      topicLog.append(tx, await giveUp(tx, some, clock.now(), newId));
      await rewrite(tx, some);
    }
    await rewriteParked(tx.queries, erasure.subject, eraseSubjectIn(erasure.subject));
  };
}

/** Looked for without a lock: there is no index by customer, and the table is large. */
async function findNotifications(
  { queries }: Transaction,
  { subject, erasedAt }: Erasure,
): Promise<readonly string[]> {
  const rows = await queries
    .withTables<NotificationTables>()
    .selectFrom('notifications')
    .select('id')
    .where((row) => row.or([row('customer_id', '=', subject), row('order_id', '=', subject)]))
    .where('created_at', '<=', erasedAt.getTime())
    .execute();
  return rows.map(({ id }) => id);
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

import type { TraceContext } from '@fanfare/contracts';
import type { Queries, Transaction } from '@fanfare/storage';
import type { Failure } from '../../failure';
import type { Priority } from '../../messages/message';
import { pruneRows } from '../../prune-rows';
import type { Notification, NotificationStatus } from './notification';

/** See `migrations/0010-notifications.sql`. Times are milliseconds since 1970. */
type NotificationTables = {
  mediator_notifications: {
    mediator_key: number;
    id: string;
    call_id: string;
    order_key: string;
    request_hash: string;
    type: string;
    content: string;
    recipient_id: string;
    priority: Priority;
    handler_id: string | null;
    trace: string;
    status: NotificationStatus;
    failures: number;
    retry_at: number | null;
    error: string | null;
    created_at: number;
    expires_at: number | null;
    read_at: number | null;
    ended_at: number | null;
  };
};
type NotificationRow = NotificationTables['mediator_notifications'];

/** What one call has made. */
export interface StoredCall {
  readonly requestHash: string;
  readonly notifications: readonly Notification[];
}

export interface NotificationFilter {
  readonly recipientId?: string | undefined;
  readonly type?: string | undefined;
  readonly read?: boolean | undefined;
  readonly status?: NotificationStatus | undefined;
}

export interface NotificationPage extends NotificationFilter {
  /** Only what comes after this order key in the order asked for. */
  readonly after: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** The notifications there are. */
export const notificationStore = {
  async insert(
    tx: Transaction,
    mediatorKey: number,
    callId: string,
    { requestHash, notifications }: StoredCall,
  ): Promise<void> {
    const rows = notifications.map((one) => ({
      mediator_key: mediatorKey,
      call_id: callId,
      request_hash: requestHash,
      ...toRow(one),
    }));
    await tx.dialect.insertRows(tx.queries, 'mediator_notifications', rows);
  },

  async findCall(queries: Queries, mediatorKey: number, callId: string): Promise<StoredCall | null> {
    const rows = await ofMediator(queries, mediatorKey)
      .where('call_id', '=', callId)
      .orderBy('order_key')
      .execute();
    const [first] = rows;
    return first ? { requestHash: first.request_hash, notifications: rows.map(fromRow) } : null;
  },

  async find(queries: Queries, mediatorKey: number, id: string): Promise<Notification | null> {
    const row = await ofMediator(queries, mediatorKey).where('id', '=', id).executeTakeFirst();
    return row ? fromRow(row) : null;
  },

  /** The same, locked until the end of the transaction. */
  async lock(tx: Transaction, mediatorKey: number, id: string): Promise<Notification | null> {
    const row = await ofMediator(tx.queries, mediatorKey)
      .where('id', '=', id)
      .modifyEnd(tx.dialect.forUpdate)
      .executeTakeFirst();
    return row ? fromRow(row) : null;
  },

  async save(tx: Transaction, mediatorKey: number, notification: Notification): Promise<void> {
    await tables(tx.queries)
      .updateTable('mediator_notifications')
      .set(toState(notification))
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', notification.id)
      .execute();
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    { recipientId, type, read, status, after, order, limit, offset }: NotificationPage,
  ): Promise<readonly Notification[]> {
    let page = ofMediator(queries, mediatorKey);
    if (recipientId !== undefined) page = page.where('recipient_id', '=', recipientId);
    if (type !== undefined) page = page.where('type', '=', type);
    if (read !== undefined) page = page.where('read_at', read ? 'is not' : 'is', null);
    if (status !== undefined) page = page.where('status', '=', status);
    if (after !== undefined) page = page.where('order_key', order === 'asc' ? '>' : '<', after);
    return (await page.orderBy('order_key', order).limit(limit).offset(offset).execute()).map(fromRow);
  },

  async countUnread(queries: Queries, mediatorKey: number, recipientId: string): Promise<number> {
    const { unread } = await tables(queries)
      .selectFrom('mediator_notifications')
      .select((row) => row.fn.countAll<number | string>().as('unread'))
      .where('mediator_key', '=', mediatorKey)
      .where('recipient_id', '=', recipientId)
      .where('read_at', 'is', null)
      .executeTakeFirstOrThrow();
    return Number(unread);
  },

  /** Forgets everything of a mediator. */
  async removeAll(tx: Transaction, mediatorKey: number): Promise<void> {
    await tables(tx.queries)
      .deleteFrom('mediator_notifications')
      .where('mediator_key', '=', mediatorKey)
      .execute();
  },

  /** Deletes up to `limit` that ended before a time; returns how many. */
  prune(queries: Queries, before: Date, limit: number): Promise<number> {
    return pruneRows(
      queries,
      { table: 'mediator_notifications', key: ['mediator_key', 'id'] },
      before,
      limit,
    );
  },
};

function tables(queries: Queries) {
  return queries.withTables<NotificationTables>();
}

function ofMediator(queries: Queries, mediatorKey: number) {
  return tables(queries)
    .selectFrom('mediator_notifications')
    .selectAll()
    .where('mediator_key', '=', mediatorKey);
}

function toRow(notification: Notification) {
  return {
    id: notification.id,
    order_key: notification.orderKey,
    type: notification.type,
    content: JSON.stringify(notification.content),
    recipient_id: notification.recipientId,
    priority: notification.priority,
    handler_id: notification.handlerId,
    trace: JSON.stringify(notification.trace),
    created_at: notification.createdAt.getTime(),
    expires_at: notification.expiresAt?.getTime() ?? null,
    ...toState(notification),
  };
}

function toState({ status, failures, retryAt, error, readAt, endedAt }: Notification) {
  return {
    status,
    failures,
    retry_at: retryAt?.getTime() ?? null,
    error: error && JSON.stringify(error),
    read_at: readAt?.getTime() ?? null,
    ended_at: endedAt?.getTime() ?? null,
  };
}

function fromRow(row: NotificationRow): Notification {
  return {
    id: row.id,
    orderKey: row.order_key,
    type: row.type,
    content: JSON.parse(row.content) as unknown,
    recipientId: row.recipient_id,
    priority: row.priority,
    handlerId: row.handler_id,
    trace: JSON.parse(row.trace) as TraceContext,
    status: row.status,
    failures: row.failures,
    retryAt: toTime(row.retry_at),
    error: row.error === null ? null : (JSON.parse(row.error) as Failure),
    createdAt: new Date(row.created_at),
    expiresAt: toTime(row.expires_at),
    readAt: toTime(row.read_at),
    endedAt: toTime(row.ended_at),
  };
}

function toTime(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

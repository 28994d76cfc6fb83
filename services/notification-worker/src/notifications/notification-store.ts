import type { Database, Transaction } from '@fanfare/storage';
import type { Settlement } from './judge-outcomes';
import type { Notification, NotificationRecord, NotificationState } from './notification';
import { notificationColumns, recordColumns, toNotification, toRecord, toRow } from './notification-rows';
import type { NotificationTables } from './notification-tables';

export interface ClaimRequest {
  readonly channel: string;
  readonly limit: number;
  readonly now: Date;
  /** Until then nobody else gets them. */
  readonly until: Date;
  /** Made for this claim alone. */
  readonly token: string;
}

export interface NotificationFilter {
  readonly orderId?: string | undefined;
  readonly state?: NotificationState | undefined;
  /** Only those older than the one with this id. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Keeps notifications, and sees to it that each is in one pair of hands at a time. */
export interface NotificationStore {
  /** Adds pending notifications; one for an event and channel that are known already is left out. */
  record(tx: Transaction, notifications: readonly Notification[]): Promise<void>;
  /** The customers of orders whose creation was notified, by order. */
  findCustomers(tx: Transaction, orderIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Takes pending notifications of a channel whose time has come, oldest first. The claims of a process that died end
   * by themselves, and then the notifications are due again.
   */
  claimDue(request: ClaimRequest): Promise<readonly Notification[]>;
  /** Notes what became of claimed notifications and returns those that were still held under `token`; no other is changed. */
  settle(
    tx: Transaction,
    token: string,
    settlements: readonly Settlement[],
    now: Date,
  ): Promise<readonly Settlement[]>;
  /** When the next notification of a channel may be claimed; null when none waits. */
  nextDueAt(channel: string): Promise<Date | null>;
  /** Newest first. */
  list(filter: NotificationFilter): Promise<readonly NotificationRecord[]>;
}

export function createNotificationStore(database: Database): NotificationStore {
  const queries = database.queries.withTables<NotificationTables>();

  return {
    async record(tx, notifications) {
      await tx.dialect.insertNewRows(tx.queries, 'notifications', notifications.map(toRow));
    },

    async findCustomers(tx, orderIds) {
      if (orderIds.length === 0) return new Map();
      const found = await tx.queries
        .withTables<NotificationTables>()
        .selectFrom('notifications')
        .select(['order_id', 'customer_id'])
        .where('order_id', 'in', [...orderIds])
        .where('event_name', '=', 'order.created')
        .execute();
      return new Map(
        found.flatMap((row) => (row.customer_id === null ? [] : [[row.order_id, row.customer_id]])),
      );
    },

    claimDue: ({ channel, limit, now, until, token }) =>
      database.transact(async (tx) => {
        const claims = tx.queries.withTables<NotificationTables>();
        const rows = await claims
          .selectFrom('notifications')
          .select(notificationColumns)
          .where('channel', '=', channel)
          .where('due_at', '<=', now.getTime())
          .orderBy('due_at')
          .orderBy('id')
          .limit(limit)
          .modifyEnd(tx.dialect.forUpdate)
          .execute();
        if (rows.length === 0) return [];
        await claims
          .updateTable('notifications')
          .set({ claimed_by: token, due_at: until.getTime() })
          .where(
            'id',
            'in',
            rows.map(({ id }) => id),
          )
          .execute();
        return rows.map(toNotification);
      }),

    async settle(tx, token, settlements, now) {
      const held = await lockHeld(tx, token, settlements);
      for (const alike of groupAlike(held)) await noteAlike(tx, alike, now);
      return held;
    },

    async nextDueAt(channel) {
      const { at } = await queries
        .selectFrom('notifications')
        .select((row) => row.fn.min('due_at').as('at'))
        .where('channel', '=', channel)
        .where('due_at', 'is not', null)
        .executeTakeFirstOrThrow();
      return at === null ? null : new Date(at);
    },

    async list({ orderId, state, before, limit }) {
      let query = queries.selectFrom('notifications').orderBy('id', 'desc').limit(limit);
      if (orderId !== undefined) query = query.where('order_id', '=', orderId);
      if (state !== undefined) query = query.where('state', '=', state);
      if (before !== undefined) query = query.where('id', '<', before);
      return (await query.select(recordColumns).execute()).map(toRecord);
    },
  };
}

async function lockHeld(
  tx: Transaction,
  token: string,
  settlements: readonly Settlement[],
): Promise<readonly Settlement[]> {
  const rows = await tx.queries
    .withTables<NotificationTables>()
    .selectFrom('notifications')
    .select('id')
    .where('id', 'in', idsOf(settlements))
    .where('claimed_by', '=', token)
    .modifyEnd(tx.dialect.forUpdate)
    .execute();
  const held = new Set(rows.map(({ id }) => id));
  return settlements.filter(({ notification }) => held.has(notification.id));
}

/** Nearly always all of a batch end the same way, so they are noted in one statement. */
function groupAlike(settlements: readonly Settlement[]): Iterable<readonly Settlement[]> {
  const groups = new Map<string, Settlement[]>();
  for (const settlement of settlements) {
    const { state, attempts, dueAt, reason } = settlement;
    const key = JSON.stringify([state, attempts, dueAt, reason]);
    const group = groups.get(key);
    if (group) group.push(settlement);
    else groups.set(key, [settlement]);
  }
  return groups.values();
}

async function noteAlike(tx: Transaction, alike: readonly Settlement[], now: Date): Promise<void> {
  const [first] = alike;
  if (!first) return;
  const { state, attempts, dueAt, reason } = first;
  await tx.queries
    .withTables<NotificationTables>()
    .updateTable('notifications')
    .set({
      state,
      attempts,
      reason,
      due_at: dueAt?.getTime() ?? null,
      claimed_by: null,
      sent_at: state === 'sent' ? now.getTime() : null,
    })
    .where('id', 'in', idsOf(alike))
    .execute();
}

function idsOf(settlements: readonly Settlement[]): string[] {
  return settlements.map(({ notification }) => notification.id);
}

import type { Database, Transaction } from '@fanfare/storage';
import type { Settlement } from './judge-outcomes';
import type { Claim, Notification, NotificationRecord, NotificationState } from './notification';
import { notificationColumns, recordColumns, toNotification, toRecord, toRow } from './notification-rows';
import type { NotificationTables } from './notification-tables';

export interface ClaimRequest extends Claim {
  readonly channel: string;
  readonly limit: number;
  readonly now: Date;
}

/** By channel: for whom new notifications are claimed as they are recorded. */
export type Claims = ReadonlyMap<string, Claim>;

/** What became of notifications that were held under `token`. */
export interface SettleRequest {
  readonly token: string;
  readonly settlements: readonly Settlement[];
  readonly now: Date;
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
  /**
   * Adds pending notifications; one for an event and channel that are known already is left out. Returns whether all
   * were new; if not, none is claimed.
   */
  record(tx: Transaction, notifications: readonly Notification[], claims?: Claims): Promise<boolean>;
  /** The customers of orders whose creation was notified, by order. */
  findCustomers(tx: Transaction, orderIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Takes pending notifications of a channel whose time has come, oldest first. The claims of a process that died end
   * by themselves, and then the notifications are due again.
   */
  claimDue(request: ClaimRequest): Promise<readonly Notification[]>;
  /**
   * Notes what became of claimed notifications, in one transaction with what `alongside` writes, and returns those that
   * were still held under the token; no other is changed.
   */
  settle(
    request: SettleRequest,
    alongside: (tx: Transaction, held: readonly Settlement[]) => void,
  ): Promise<readonly Settlement[]>;
  /** Lets others have at once what is held under `token`. */
  release(token: string, notifications: readonly Notification[]): Promise<void>;
  /** When the next notification of a channel may be claimed; null when none waits. */
  nextDueAt(channel: string): Promise<Date | null>;
  /** Newest first. */
  list(filter: NotificationFilter): Promise<readonly NotificationRecord[]>;
}

export function createNotificationStore(database: Database): NotificationStore {
  const queries = database.queries.withTables<NotificationTables>();

  return {
    async record(tx, notifications, claims) {
      const rows = notifications.map((notification) =>
        toRow(notification, claims?.get(notification.channel)),
      );
      const inserted = await tx.dialect.insertNewRows(tx.queries, 'notifications', rows);
      if (inserted === notifications.length) return true;
      for (const { token } of claims?.values() ?? []) await release(tx, token, notifications);
      return false;
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

    async settle(request, alongside) {
      try {
        return await database.transact((tx) => noteAll(tx, request, alongside));
      } catch (error) {
        if (!(error instanceof ClaimLost)) throw error;
        return database.transact(async (tx) => {
          const settlements = await lockHeld(tx, request);
          return noteAll(tx, { ...request, settlements }, alongside);
        });
      }
    },

    release: (token, notifications) => database.transact((tx) => release(tx, token, notifications)),

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

/** Not all of the notifications are still held: who is slower finds out which. */
class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** Nearly always all are still held, so nobody asks before. Throws `ClaimLost` when one is not. */
async function noteAll(
  tx: Transaction,
  { token, settlements, now }: SettleRequest,
  alongside: (tx: Transaction, held: readonly Settlement[]) => void,
): Promise<readonly Settlement[]> {
  let noted = 0n;
  for (const alike of groupAlike(settlements)) noted += await noteAlike(tx, token, alike, now);
  if (noted !== BigInt(settlements.length)) throw new ClaimLost();
  alongside(tx, settlements);
  return settlements;
}

async function lockHeld(
  tx: Transaction,
  { token, settlements }: SettleRequest,
): Promise<readonly Settlement[]> {
  const rows = await tx.queries
    .withTables<NotificationTables>()
    .selectFrom('notifications')
    .select('id')
    .where('id', 'in', idsOf(settlements.map(({ notification }) => notification)))
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

async function noteAlike(
  tx: Transaction,
  token: string,
  alike: readonly Settlement[],
  now: Date,
): Promise<bigint> {
  const [first] = alike;
  if (!first) return 0n;
  const { state, attempts, dueAt, reason } = first;
  const { numUpdatedRows } = await tx.queries
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
    .where('id', 'in', idsOf(alike.map(({ notification }) => notification)))
    .where('claimed_by', '=', token)
    .executeTakeFirstOrThrow();
  return numUpdatedRows;
}

async function release(
  tx: Transaction,
  token: string,
  notifications: readonly Notification[],
): Promise<void> {
  if (notifications.length === 0) return;
  await tx.queries
    .withTables<NotificationTables>()
    .updateTable('notifications')
    .set((row) => ({ claimed_by: null, due_at: row.ref('created_at') }))
    .where('id', 'in', idsOf(notifications))
    .where('claimed_by', '=', token)
    .execute();
}

function idsOf(notifications: readonly Notification[]): string[] {
  return notifications.map(({ id }) => id);
}

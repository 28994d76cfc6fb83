import type { Queries, Transaction } from '@fanfare/storage';
import type { ResourceTables } from './resource-store';

/** A call that waits for room. */
export interface Waiter {
  readonly leaseId: string;
  /** Grows with every call that comes to wait for the resource. */
  readonly place: number;
  readonly cameAt: Date;
  readonly seenUntil: Date;
}

/** The lines in front of resources. Who writes has locked the resource. */
export const lineStore = {
  async find(
    tx: Transaction,
    mediatorKey: number,
    resourceId: string,
    leaseId: string,
  ): Promise<Waiter | null> {
    const row = await line(tx.queries, mediatorKey, resourceId)
      .selectAll()
      .where('lease_id', '=', leaseId)
      .executeTakeFirst();
    if (!row) return null;
    const { place, came_at: cameAt, seen_until: seenUntil } = row;
    return { leaseId, place, cameAt: new Date(cameAt), seenUntil: new Date(seenUntil) };
  },

  /** Those who are still there; of those before a place, when one is given. */
  async count(
    queries: Queries,
    mediatorKey: number,
    resourceId: string,
    now: Date,
    beforePlace?: number,
  ): Promise<number> {
    let present = line(queries, mediatorKey, resourceId)
      .select((row) => row.fn.countAll<number | string>().as('present'))
      .where('seen_until', '>', now.getTime());
    if (beforePlace !== undefined) present = present.where('place', '<', beforePlace);
    return Number((await present.executeTakeFirstOrThrow()).present);
  },

  /** Stands in line, or says that one still stands there. */
  async stand(tx: Transaction, mediatorKey: number, resourceId: string, waiter: Waiter): Promise<void> {
    const row = {
      mediator_key: mediatorKey,
      resource_id: resourceId,
      lease_id: waiter.leaseId,
      place: waiter.place,
      came_at: waiter.cameAt.getTime(),
      seen_until: waiter.seenUntil.getTime(),
    };
    const change = { key: ['mediator_key', 'resource_id', 'lease_id'], replace: ['seen_until'] };
    await tx.dialect.upsertRows(tx.queries, 'resource_waiters', [row], change);
  },

  async leave(tx: Transaction, mediatorKey: number, resourceId: string, leaseId: string): Promise<void> {
    await tables(tx.queries)
      .deleteFrom('resource_waiters')
      .where('mediator_key', '=', mediatorKey)
      .where('resource_id', '=', resourceId)
      .where('lease_id', '=', leaseId)
      .execute();
  },

  /** Takes those out of line whose instance is gone. */
  async dismissGone(tx: Transaction, mediatorKey: number, resourceId: string, now: Date): Promise<void> {
    await tables(tx.queries)
      .deleteFrom('resource_waiters')
      .where('mediator_key', '=', mediatorKey)
      .where('resource_id', '=', resourceId)
      .where('seen_until', '<=', now.getTime())
      .execute();
  },
};

function tables(queries: Queries) {
  return queries.withTables<ResourceTables>();
}

function line(queries: Queries, mediatorKey: number, resourceId: string) {
  return tables(queries)
    .selectFrom('resource_waiters')
    .where('mediator_key', '=', mediatorKey)
    .where('resource_id', '=', resourceId);
}

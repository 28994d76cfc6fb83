import type { Queries, Transaction } from '@fanfare/storage';
import type { ResourceTables } from './resource-store';

/** A call that waits for room. */
export interface Waiter {
  readonly leaseId: string;
  /** Of this very call: the same one may have been made again. */
  readonly callId: string;
  /** Grows with every lease that somebody comes to wait for. */
  readonly place: number;
  readonly cameAt: Date;
  readonly seenUntil: Date;
}

/** The lines in front of resources. Who writes has locked the resource, unless they leave. */
export const lineStore = {
  /** One of the calls that wait for a lease: all have its place. */
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
    const { call_id: callId, place, came_at: cameAt, seen_until: seenUntil } = row;
    return { leaseId, callId, place, cameAt: new Date(cameAt), seenUntil: new Date(seenUntil) };
  },

  /** How many leases are waited for by who is still there; of those before a place, when one is given. */
  async count(
    queries: Queries,
    mediatorKey: number,
    resourceId: string,
    now: Date,
    beforePlace?: number,
  ): Promise<number> {
    let present = line(queries, mediatorKey, resourceId)
      .select((row) => row.fn.count<number | string>('place').distinct().as('present'))
      .where('seen_until', '>', now.getTime());
    if (beforePlace !== undefined) present = present.where('place', '<', beforePlace);
    return Number((await present.executeTakeFirstOrThrow()).present);
  },

  /** The same of each of some resources; those that nobody waits for are left out. */
  async countOfEach(
    queries: Queries,
    mediatorKey: number,
    resourceIds: readonly string[],
    now: Date,
  ): Promise<ReadonlyMap<string, number>> {
    if (resourceIds.length === 0) return new Map();
    const rows = await tables(queries)
      .selectFrom('resource_waiters')
      .select((row) => ['resource_id', row.fn.count<number | string>('place').distinct().as('present')])
      .where('mediator_key', '=', mediatorKey)
      .where('resource_id', 'in', resourceIds)
      .where('seen_until', '>', now.getTime())
      .groupBy('resource_id')
      .execute();
    return new Map(rows.map((row) => [row.resource_id, Number(row.present)]));
  },

  /** Stands in line, or says that one still stands there. */
  async stand(tx: Transaction, mediatorKey: number, resourceId: string, waiter: Waiter): Promise<void> {
    const row = {
      mediator_key: mediatorKey,
      resource_id: resourceId,
      lease_id: waiter.leaseId,
      call_id: waiter.callId,
      place: waiter.place,
      came_at: waiter.cameAt.getTime(),
      seen_until: waiter.seenUntil.getTime(),
    };
    const change = { key: ['mediator_key', 'resource_id', 'lease_id', 'call_id'], replace: ['seen_until'] };
    await tx.dialect.upsertRows(tx.queries, 'resource_waiters', [row], change);
  },

  /** Takes a call out of line; all that wait for the lease, which has been given, without one. */
  async leave(
    tx: Transaction,
    mediatorKey: number,
    resourceId: string,
    { leaseId, callId }: { readonly leaseId: string; readonly callId?: string },
  ): Promise<void> {
    let calls = tables(tx.queries)
      .deleteFrom('resource_waiters')
      .where('mediator_key', '=', mediatorKey)
      .where('resource_id', '=', resourceId)
      .where('lease_id', '=', leaseId);
    if (callId !== undefined) calls = calls.where('call_id', '=', callId);
    await calls.execute();
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

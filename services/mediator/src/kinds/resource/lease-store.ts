import type { Queries, Transaction } from '@fanfare/storage';
import { pruneRows } from '../../prune-rows';
import type { Lease, LeaseStatus } from './lease';
import type { ResourceTables } from './resource-store';

type LeaseRow = ResourceTables['resource_leases'];

/** A lease with the call that asked for it. */
export interface StoredLease {
  readonly lease: Lease;
  readonly requestHash: string;
}

export interface LeasePage {
  readonly status: LeaseStatus | undefined;
  readonly colleagueId: string | undefined;
  /** Only what comes after this token in the order asked for. */
  readonly after: number | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** The leases of resources. Who writes has locked the resource. */
export const leaseStore = {
  async insert(tx: Transaction, mediatorKey: number, { lease, requestHash }: StoredLease): Promise<void> {
    const row = {
      mediator_key: mediatorKey,
      resource_id: lease.resourceId,
      id: lease.id,
      request_hash: requestHash,
      colleague_id: lease.colleagueId,
      amount: lease.amount,
      token: lease.token,
      granted_at: lease.grantedAt.getTime(),
      ...toState(lease),
    };
    await tx.dialect.insertRows(tx.queries, 'resource_leases', [row]);
  },

  async find(
    queries: Queries,
    mediatorKey: number,
    resourceId: string,
    id: string,
  ): Promise<StoredLease | null> {
    const row = await ofResource(queries, mediatorKey, resourceId).where('id', '=', id).executeTakeFirst();
    return row ? { lease: fromRow(row), requestHash: row.request_hash } : null;
  },

  /** What all leases together hold at a time. */
  async sumHeld(queries: Queries, mediatorKey: number, resourceId: string, now: Date): Promise<number> {
    return (await leaseStore.sumHeldOfEach(queries, mediatorKey, [resourceId], now)).get(resourceId) ?? 0;
  },

  /** The same of each of some resources; those of which nothing is held are left out. */
  async sumHeldOfEach(
    queries: Queries,
    mediatorKey: number,
    resourceIds: readonly string[],
    now: Date,
  ): Promise<ReadonlyMap<string, number>> {
    if (resourceIds.length === 0) return new Map();
    const rows = await tables(queries)
      .selectFrom('resource_leases')
      .select((row) => ['resource_id', row.fn.sum<number | string>('amount').as('held')])
      .where('mediator_key', '=', mediatorKey)
      .where('resource_id', 'in', resourceIds)
      .where('status', '=', 'held')
      .where('lease_until', '>', now.getTime())
      .groupBy('resource_id')
      .execute();
    return new Map(rows.map((row) => [row.resource_id, Number(row.held)]));
  },

  async save(tx: Transaction, mediatorKey: number, lease: Lease): Promise<void> {
    await tables(tx.queries)
      .updateTable('resource_leases')
      .set(toState(lease))
      .where('mediator_key', '=', mediatorKey)
      .where('resource_id', '=', lease.resourceId)
      .where('id', '=', lease.id)
      .execute();
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    resourceId: string,
    { status, colleagueId, after, order, limit, offset }: LeasePage,
    now: Date,
  ): Promise<readonly Lease[]> {
    let page = ofResource(queries, mediatorKey, resourceId);
    if (status !== undefined) page = page.where('status', '=', status === 'released' ? 'released' : 'held');
    if (status === 'held') page = page.where('lease_until', '>', now.getTime());
    if (status === 'expired') page = page.where('lease_until', '<=', now.getTime());
    if (colleagueId !== undefined) page = page.where('colleague_id', '=', colleagueId);
    if (after !== undefined) page = page.where('token', order === 'asc' ? '>' : '<', after);
    const rows = await page.orderBy('token', order).limit(limit).offset(offset).execute();
    return rows.map(fromRow);
  },

  /** Gives back what a colleague holds of any resource of the mediator. */
  async releaseAllOf(tx: Transaction, mediatorKey: number, colleagueId: string, now: Date): Promise<void> {
    await tables(tx.queries)
      .updateTable('resource_leases')
      .set({ status: 'released', lease_until: now.getTime() })
      .where('mediator_key', '=', mediatorKey)
      .where('colleague_id', '=', colleagueId)
      .where('status', '=', 'held')
      .where('lease_until', '>', now.getTime())
      .execute();
  },

  /** Deletes up to `limit` that ended before a time; returns how many. */
  prune(queries: Queries, before: Date, limit: number): Promise<number> {
    return pruneRows(
      queries,
      { table: 'resource_leases', key: ['mediator_key', 'resource_id', 'id'], endedAt: 'lease_until' },
      before,
      limit,
    );
  },
};

function tables(queries: Queries) {
  return queries.withTables<ResourceTables>();
}

function ofResource(queries: Queries, mediatorKey: number, resourceId: string) {
  return tables(queries)
    .selectFrom('resource_leases')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('resource_id', '=', resourceId);
}

function toState({ status, leaseMs, leaseUntil }: Lease) {
  return {
    // what has run out stays as it was: see the table
    status: status === 'released' ? ('released' as const) : ('held' as const),
    lease_ms: leaseMs,
    lease_until: leaseUntil.getTime(),
  };
}

function fromRow(row: LeaseRow): Lease {
  return {
    id: row.id,
    resourceId: row.resource_id,
    colleagueId: row.colleague_id,
    amount: row.amount,
    token: row.token,
    status: row.status,
    leaseMs: row.lease_ms,
    grantedAt: new Date(row.granted_at),
    leaseUntil: new Date(row.lease_until),
  };
}

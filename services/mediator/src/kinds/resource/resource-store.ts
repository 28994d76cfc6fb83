import type { Queries, Transaction } from '@fanfare/storage';
import { fencingFloors } from '../../fencing-floors';
import type { Resource, ResourceStatus, ResourceUse } from './resource';

/** See `migrations/0007-resources.sql` and `0014-calls-in-line.sql`. Times are milliseconds since 1970. */
export type ResourceTables = {
  resources: {
    mediator_key: number;
    id: string;
    order_key: string;
    request_hash: string;
    name: string;
    type: string | null;
    capacity: number;
    used_outside: number;
    token: number;
    last_place: number;
    grants: number;
    waited_ms: number;
    last_access: number | null;
  };
  resource_leases: {
    mediator_key: number;
    resource_id: string;
    id: string;
    request_hash: string;
    colleague_id: string;
    amount: number;
    token: number;
    status: 'held' | 'released';
    lease_ms: number;
    granted_at: number;
    lease_until: number;
  };
  resource_waiters: {
    mediator_key: number;
    resource_id: string;
    lease_id: string;
    call_id: string;
    place: number;
    came_at: number;
    seen_until: number;
  };
};
type ResourceRow = ResourceTables['resources'];

/** A resource with all that is kept of it. */
export interface StoredResource {
  readonly resource: Resource;
  /** Grows with the time of the creation. */
  readonly orderKey: string;
  readonly requestHash: string;
  /** Of the last lease. */
  readonly token: number;
  /** The last that was given in line. */
  readonly lastPlace: number;
  readonly use: Omit<ResourceUse, 'held' | 'waiting'>;
}

export interface ResourcePage {
  /** As it is at a time: what is held changes with time alone, so it is no column. */
  readonly status: ResourceStatus | undefined;
  readonly now: Date;
  /** Only what comes after this order key in the order asked for. */
  readonly after: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** The resources there are. */
export const resourceStore = {
  async insert(tx: Transaction, mediatorKey: number, stored: StoredResource): Promise<void> {
    const row = { mediator_key: mediatorKey, ...toRow(stored) };
    await tx.dialect.insertRows(tx.queries, 'resources', [row]);
  },

  async find(queries: Queries, mediatorKey: number, id: string): Promise<StoredResource | null> {
    const row = await select(queries, mediatorKey, id).executeTakeFirst();
    return row ? fromRow(row) : null;
  },

  /** The same, locked until the end of the transaction: nobody else is granted or gives back anything of it. */
  async lock(tx: Transaction, mediatorKey: number, id: string): Promise<StoredResource | null> {
    const row = await select(tx.queries, mediatorKey, id).modifyEnd(tx.dialect.forUpdate).executeTakeFirst();
    return row ? fromRow(row) : null;
  },

  async save(tx: Transaction, mediatorKey: number, stored: StoredResource): Promise<void> {
    await tables(tx.queries)
      .updateTable('resources')
      .set(toRow(stored))
      .where('mediator_key', '=', mediatorKey)
      .where('id', '=', stored.resource.id)
      .execute();
  },

  async list(
    queries: Queries,
    mediatorKey: number,
    { status, now, after, order, limit, offset }: ResourcePage,
  ): Promise<readonly StoredResource[]> {
    let page = tables(queries).selectFrom('resources').selectAll().where('mediator_key', '=', mediatorKey);
    if (status !== undefined) {
      page = page.where((row) => {
        const held = row
          .selectFrom('resource_leases')
          .select((lease) => lease.fn.sum<number>('amount').as('held'))
          .whereRef('resource_leases.mediator_key', '=', 'resources.mediator_key')
          .whereRef('resource_leases.resource_id', '=', 'resources.id')
          .where('status', '=', 'held')
          .where('lease_until', '>', now.getTime());
        const used = row('used_outside', '+', row.fn.coalesce(held, row.lit(0)));
        return row('capacity', status === 'available' ? '>' : '<=', used);
      });
    }
    if (after !== undefined) page = page.where('order_key', order === 'asc' ? '>' : '<', after);
    const rows = await page.orderBy('order_key', order).limit(limit).offset(offset).execute();
    return rows.map(fromRow);
  },

  /** Deletes a resource with its leases and its line; all of the mediator's without an id. Their tokens are not given again. */
  async remove(tx: Transaction, mediatorKey: number, id?: string): Promise<void> {
    const queries = tables(tx.queries);
    await fencingFloors.raise(tx, mediatorKey, 'resource', await findLastToken(tx.queries, mediatorKey, id));
    let resources = queries.deleteFrom('resources').where('mediator_key', '=', mediatorKey);
    let leases = queries.deleteFrom('resource_leases').where('mediator_key', '=', mediatorKey);
    let waiters = queries.deleteFrom('resource_waiters').where('mediator_key', '=', mediatorKey);
    if (id !== undefined) {
      resources = resources.where('id', '=', id);
      leases = leases.where('resource_id', '=', id);
      waiters = waiters.where('resource_id', '=', id);
    }
    await resources.execute();
    await leases.execute();
    await waiters.execute();
  },
};

function tables(queries: Queries) {
  return queries.withTables<ResourceTables>();
}

function select(queries: Queries, mediatorKey: number, id: string) {
  return tables(queries)
    .selectFrom('resources')
    .selectAll()
    .where('mediator_key', '=', mediatorKey)
    .where('id', '=', id);
}

/** Of a resource; of all that the mediator has without an id. */
async function findLastToken(queries: Queries, mediatorKey: number, id?: string): Promise<number> {
  let found = tables(queries)
    .selectFrom('resources')
    .select((row) => row.fn.max<number | string | null>('token').as('token'))
    .where('mediator_key', '=', mediatorKey);
  if (id !== undefined) found = found.where('id', '=', id);
  return Number((await found.executeTakeFirstOrThrow()).token ?? 0);
}

function toRow({ resource, orderKey, requestHash, token, lastPlace, use }: StoredResource) {
  return {
    id: resource.id,
    order_key: orderKey,
    request_hash: requestHash,
    name: resource.name,
    type: resource.type,
    capacity: resource.capacity,
    used_outside: resource.usedOutside,
    token,
    last_place: lastPlace,
    grants: use.grants,
    waited_ms: use.waitedMs,
    last_access: use.lastAccess?.getTime() ?? null,
  };
}

function fromRow(row: ResourceRow): StoredResource {
  const { id, name, type, capacity, used_outside: usedOutside } = row;
  return {
    resource: { id, name, type, capacity, usedOutside },
    orderKey: row.order_key,
    requestHash: row.request_hash,
    token: row.token,
    lastPlace: row.last_place,
    use: {
      grants: row.grants,
      waitedMs: row.waited_ms,
      lastAccess: row.last_access === null ? null : new Date(row.last_access),
    },
  };
}

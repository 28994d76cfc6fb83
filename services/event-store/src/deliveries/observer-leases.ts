import type { Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { DeliveryTables } from './delivery-tables';
import type { ServedState } from './progress';

/** Which observers this instance serves; see `createLease` for the idea. They are held together, in one statement. */
export interface ObserverLeases {
  /** Keeps those that are held from ending, and this instance known to the others. */
  prolong(): Promise<void>;
  /** How many of so many are for this instance, when all that are alive have about the same number. */
  share(observers: number): Promise<number>;
  /** Takes some that nobody holds, at most `limit`. */
  claim(observerIds: readonly string[], limit: number): Promise<void>;
  /** The fence of each that is held here. */
  held(): Promise<ReadonlyMap<string, number>>;
  /** How those that are held here stand. */
  states(observerIds: readonly string[]): Promise<readonly ServedState[]>;
  /** Gives some back, or all of them. */
  release(observerIds?: readonly string[]): Promise<void>;
  /** Whether, by the time that has passed here, nobody else can have taken what was held. */
  readonly isHeld: () => boolean;
}

export interface ObserverLeasesOptions {
  readonly database: Pick<Database, 'queries' | 'dialect'>;
  readonly clock: Clock;
  /** Different for every instance. */
  readonly owner: string;
  readonly ttlMs: number;
}

export function createObserverLeases({
  database,
  clock,
  owner,
  ttlMs,
}: ObserverLeasesOptions): ObserverLeases {
  const queries = database.queries.withTables<DeliveryTables>();
  const marginMs = ttlMs / 10;
  let heldUntilMs = -Infinity;

  return {
    async prolong() {
      const startedMs = clock.elapsedMs();
      const untilMs = clock.now().getTime() + ttlMs;
      await queries
        .updateTable('observer_states')
        .set({ lease_until: untilMs })
        .where('owner', '=', owner)
        .execute();
      await database.dialect.upsertRows(
        database.queries,
        'delivery_instances',
        [{ owner, seen_until: untilMs }],
        { key: ['owner'], replace: ['seen_until'] },
      );
      heldUntilMs = startedMs + ttlMs;
    },
    async share(observers) {
      const nowMs = clock.now().getTime();
      const { instances } = await queries
        .selectFrom('delivery_instances')
        .select((row) => row.fn.countAll<number>().as('instances'))
        .where('seen_until', '>', nowMs)
        .executeTakeFirstOrThrow();
      return Math.ceil(observers / Math.max(1, instances));
    },
    async claim(observerIds, limit) {
      if (observerIds.length === 0 || limit <= 0) return;
      const nowMs = clock.now().getTime();
      const free = await queries
        .selectFrom('observer_states')
        .select('observer_id')
        .where('observer_id', 'in', [...observerIds])
        .where('lease_until', '<=', nowMs)
        .limit(limit)
        .execute();
      if (free.length === 0) return;
      await queries
        .updateTable('observer_states')
        .set((row) => ({ owner, lease_until: nowMs + ttlMs, fence: row('fence', '+', 1) }))
        .where(
          'observer_id',
          'in',
          free.map((row) => row.observer_id),
        )
        .where('lease_until', '<=', nowMs)
        .execute();
    },
    async held() {
      const rows = await queries
        .selectFrom('observer_states')
        .select(['observer_id', 'fence'])
        .where('owner', '=', owner)
        .execute();
      return new Map(rows.map(({ observer_id: id, fence }) => [id, fence]));
    },
    async states(observerIds) {
      if (observerIds.length === 0) return [];
      return queries
        .selectFrom('observer_states')
        .selectAll()
        .where('observer_id', 'in', [...observerIds])
        .where('owner', '=', owner)
        .execute();
    },
    async release(observerIds) {
      if (observerIds?.length === 0) return;
      let update = queries
        .updateTable('observer_states')
        .set({ owner: '', lease_until: 0 })
        .where('owner', '=', owner);
      if (observerIds) update = update.where('observer_id', 'in', [...observerIds]);
      await update.execute();
      if (!observerIds) await queries.deleteFrom('delivery_instances').where('owner', '=', owner).execute();
    },
    isHeld: () => clock.elapsedMs() < heldUntilMs - marginMs,
  };
}

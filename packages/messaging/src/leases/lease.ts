import { isPassing, type Clock } from '@fanfare/core';
import type { Database } from '@fanfare/storage';
import type { MessagingTables } from '../messaging-tables';

/** A right that one holder at a time has, for a while, kept in the database that the holders share. */
export interface Lease {
  /** How long it lasts unless it is prolonged. */
  readonly ttlMs: number;
  /**
   * Takes the lease, or prolongs it when it is already held; returns its fencing token, or null while another holds it.
   * The token grows with every change of holder, so that what a former holder still writes can be refused
   * (M. Kleppmann, "How to do distributed locking", 2016).
   */
  acquire(): Promise<number | null>;
  /** Gives the lease back, so that the next one need not wait for its end; with the database away it runs out by itself. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly name: string;
  /** Who asks: different for every instance. */
  readonly owner: string;
  readonly ttlMs: number;
}

export function createLease({ database, clock, name, owner, ttlMs }: LeaseOptions): Lease {
  return {
    ttlMs,
    async acquire() {
      const nowMs = clock.now().getTime();
      await database.dialect.insertNewRows(database.queries, 'leases', [
        { name, owner: '', expires_at: 0, fence: 0 },
      ]);
      return database.transact(async (tx) => {
        const queries = tx.queries.withTables<MessagingTables>();
        const held = await queries
          .selectFrom('leases')
          .select(['owner', 'expires_at', 'fence'])
          .where('name', '=', name)
          .modifyEnd(tx.dialect.forUpdate)
          .executeTakeFirstOrThrow();
        if (held.owner !== owner && held.expires_at > nowMs) return null;
        const fence = held.owner === owner ? held.fence : held.fence + 1;
        await queries
          .updateTable('leases')
          .set({ owner, expires_at: nowMs + ttlMs, fence })
          .where('name', '=', name)
          .execute();
        return fence;
      });
    },
    async release() {
      try {
        await database.queries
          .withTables<MessagingTables>()
          .updateTable('leases')
          .set({ expires_at: 0 })
          .where('name', '=', name)
          .where('owner', '=', owner)
          .execute();
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    },
  };
}

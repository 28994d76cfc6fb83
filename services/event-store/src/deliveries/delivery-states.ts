import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import { breakerAt, closedBreaker, type Breaker } from './breaker';
import type { DeliveryTables } from './delivery-tables';
import { toBreaker, toBreakerColumns, toTime } from './state-rows';

/** How far an observer has come. */
export interface DeliveryState {
  readonly observerId: string;
  /** Everything up to this position was delivered, passed over, or waits as a failure of its own. */
  readonly cursor: number;
  readonly breaker: Breaker;
  readonly lastDeliveryAt: Date | null;
  /** Events that failed and are tried again, or wait for their time or behind such a one. */
  readonly waiting: number;
  readonly deadLetters: number;
  /** Events in whose place a later one came. */
  readonly superseded: number;
  /** Why nothing is delivered although something could be: the breaker, or a handshake or a log that is away. */
  readonly blockedReason: 'breaker_open' | 'dependency' | null;
}

/** What the deliveries to each observer have come to; kept beside the observers, and changed by whoever serves them. */
export interface DeliveryStates {
  /** For a new observer, in the transaction that makes it: it gets what follows `position`. */
  create(tx: Transaction, observerId: string, position: number): Promise<void>;
  /** Forgets everything: cursor, failures, dead letters, recent deliveries. */
  remove(tx: Transaction, observerId: string): Promise<void>;
  find(observerIds: readonly string[]): Promise<ReadonlyMap<string, DeliveryState>>;
  /** Sets the cursor, back or forth, and drops what waits; dead letters stay. Whoever serves the observer begins again there. */
  reset(observerId: string, position: number): Promise<void>;
  /** Closes breakers, of all observers when none is named; what waits for them is tried at once. */
  closeBreakers(observerId?: string): Promise<void>;
}

export function createDeliveryStates(database: Database, clock: Pick<Clock, 'now'>): DeliveryStates {
  const queries = database.queries.withTables<DeliveryTables>();

  return {
    async create(tx, observerId, position) {
      await tx.queries
        .withTables<DeliveryTables>()
        .insertInto('observer_states')
        .values({ observer_id: observerId, position, ...unserved })
        .execute();
    },
    async remove(tx, observerId) {
      for (const table of tablesByObserver) {
        await tx.queries
          .withTables<DeliveryTables>()
          .deleteFrom(table)
          .where('observer_id', '=', observerId)
          .execute();
      }
    },
    async find(observerIds) {
      if (observerIds.length === 0) return new Map();
      const rows = await queries
        .selectFrom('observer_states')
        .selectAll()
        .where('observer_id', 'in', [...observerIds])
        .execute();
      const counts = await countFailures(database, observerIds);
      const now = clock.now();
      return new Map(
        rows.map((row) => [row.observer_id, toState(row, counts.get(row.observer_id) ?? noFailures, now)]),
      );
    },
    reset: (observerId, position) =>
      database.transact(async (tx) => {
        const own = tx.queries.withTables<DeliveryTables>();
        await own
          .updateTable('observer_states')
          .set((row) => ({ position, fence: row('fence', '+', 1) }))
          .where('observer_id', '=', observerId)
          .execute();
        await own
          .deleteFrom('observer_failures')
          .where('observer_id', '=', observerId)
          .where('state', '!=', 'dead')
          .execute();
      }),
    closeBreakers: (observerId) =>
      database.transact(async (tx) => {
        const own = tx.queries.withTables<DeliveryTables>();
        let failed = own.selectFrom('observer_states').select('observer_id').where('failures', '>', 0);
        if (observerId !== undefined) failed = failed.where('observer_id', '=', observerId);
        const ids = (await failed.execute()).map((row) => row.observer_id);
        if (ids.length === 0) return;
        await own
          .updateTable('observer_failures')
          .set({ next_attempt_at: clock.now().getTime() })
          .where('observer_id', 'in', ids)
          .where('state', '=', 'retry')
          .execute();
        await own
          .updateTable('observer_states')
          .set((row) => ({
            breaker_state: 'closed',
            failures: 0,
            failing_since: null,
            next_attempt_at: null,
            fence: row('fence', '+', 1),
          }))
          .where('observer_id', 'in', ids)
          .execute();
      }),
  };
}

const tablesByObserver = [
  'observer_states',
  'observer_failures',
  'observer_deliveries',
  'observer_handshakes',
] as const;

/** A row whose observer has had nothing yet, and is nobody's. */
const unserved = {
  ...toBreakerColumns(closedBreaker),
  last_delivery_at: null,
  attempts: 0,
  failed_attempts: 0,
  superseded: 0,
  blocked: null,
  owner: '',
  lease_until: 0,
  fence: 0,
};

type FailureCounts = Pick<DeliveryState, 'waiting' | 'deadLetters'>;

const noFailures: FailureCounts = { waiting: 0, deadLetters: 0 };

async function countFailures(
  database: Database,
  observerIds: readonly string[],
): Promise<ReadonlyMap<string, FailureCounts>> {
  const rows = await database.queries
    .withTables<DeliveryTables>()
    .selectFrom('observer_failures')
    .select((row) => ['observer_id', 'state', row.fn.countAll<number>().as('events')] as const)
    .where('observer_id', 'in', [...observerIds])
    .groupBy(['observer_id', 'state'])
    .execute();
  const counts = new Map<string, FailureCounts>();
  for (const { observer_id: id, state, events } of rows) {
    const { waiting, deadLetters } = counts.get(id) ?? noFailures;
    counts.set(
      id,
      state === 'dead'
        ? { waiting, deadLetters: deadLetters + events }
        : { waiting: waiting + events, deadLetters },
    );
  }
  return counts;
}

function toState(
  row: DeliveryTables['observer_states'],
  { waiting, deadLetters }: FailureCounts,
  now: Date,
): DeliveryState {
  const breaker = breakerAt(toBreaker(row), now);
  return {
    observerId: row.observer_id,
    cursor: row.position,
    breaker,
    lastDeliveryAt: toTime(row.last_delivery_at),
    waiting,
    deadLetters,
    superseded: row.superseded,
    blockedReason: breaker.state === 'open' ? 'breaker_open' : row.blocked,
  };
}

import path from 'node:path';
import { createSystemClock } from '@fanfare/core';
import { migrateMessaging, type Feed } from '@fanfare/messaging';
import { migrate, openDatabase, readMigrations, type Database, type Transact } from '@fanfare/storage';
import { sql } from 'kysely';
import { orderPlacedEvent } from '../../test/samples';
import { createOrderEventHandler } from '../orders/apply-order-events';
import { createMetricsStore } from '../orders/metrics-store';
import { createTotalsStore } from '../orders/totals-store';
import type { OrderLog } from './order-log';
import { createRebuildStore } from './rebuild-store';
import { runRebuild } from './run-rebuild';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const clock = createSystemClock();

describe('a rebuild', () => {
  const events = Array.from({ length: 100 }, (_, index) => orderPlacedEvent(`o-${index}`));
  let database: Database;
  let applied: number;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:', { clock });
    await migrate(database, { component: 'analytics', migrations });
    await migrateMessaging(database);
    await sql`insert into cursors values ('analytics', 'orders', 0, 0, 0)`.execute(database.queries);
    applied = 0;
  });
  afterEach(() => database.close());

  /** What the consumer does with the next event. */
  async function applyNext(): Promise<void> {
    const event = events[applied];
    if (!event) return;
    const stores = { metrics: createMetricsStore(), totals: createTotalsStore() };
    const handler = createOrderEventHandler({ ...stores, clock, onApplied: () => undefined });
    await database.transact(async (tx) => {
      await sql`update cursors set applied = applied + 1`.execute(tx.queries);
      await handler.apply(tx, [event]);
    });
    applied += 1;
  }

  /** Holds three events, and by its third answer has recorded `recordedLast`. */
  function openLog(recordedLast: number): OrderLog {
    const recorded = [3, 3, recordedLast];
    return {
      readAfter: async (position) =>
        events.slice(position, 3).map((event, index) => ({ event, position: position + index + 1 })),
      find: async () => null,
      readCoverage: async () => ({ recorded: new Map([[0, recorded.shift() ?? 0]]), isComplete: true }),
    };
  }

  const feed: Feed = {
    read: async (partition, from, limit) => {
      const page = events.slice(from - 1, from - 1 + limit);
      return { topic: 'orders', partition, firstSequence: from, head: 100, events: page };
    },
  };

  /** Rebuilds while one more event is applied between any two transactions. */
  async function rebuildMeanwhile(log: OrderLog) {
    const rebuilds = createRebuildStore(database, clock);
    const rebuild = await rebuilds.begin('r-1', false);
    const transact: Transact = async (work) => {
      await applyNext();
      return database.transact(work);
    };
    await runRebuild(
      {
        database: { ...database, transact },
        feed,
        rebuilds,
        clock: { ...clock, sleep: async () => undefined },
        openLog: () => log,
        group: 'analytics',
        partitions: 1,
        observer: { waiting: () => undefined },
        onSwitched: () => undefined,
      },
      { rebuild, holder: { id: 'r-1', fence: 1 }, signal: new AbortController().signal },
    );
    return rebuilds.find('r-1');
  }

  it('counts exactly what is applied, also in the moment before the group is held', async () => {
    const ended = await rebuildMeanwhile(openLog(3));

    expect(ended).toMatchObject({ status: 'completed', difference: { equal: true } });
    expect(ended?.difference?.after.total_orders).toBeGreaterThan(3);
  });

  it('waits until what is applied has come to where the log is', async () => {
    const ended = await rebuildMeanwhile(openLog(20));

    expect(ended).toMatchObject({ status: 'completed', difference: { equal: true } });
    expect(ended?.difference?.after.total_orders).toBeGreaterThanOrEqual(20);
  });
});

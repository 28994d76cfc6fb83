import fc from 'fast-check';
import path from 'node:path';
import { openDatabase, migrate, readMigrations, type Database } from '@fanfare/storage';
import { batchSizes, cut, history } from '../../test/histories';
import { createSystemClock } from '@fanfare/core';
import { createMetricsStore } from '../orders/metrics-store';
import type { OrderChange } from '../orders/order-change';
import { createOrderCounts } from '../orders/order-counts';
import { createTotalsStore } from '../orders/totals-store';
import { compareTables } from './compare-tables';
import { createFreshTables } from './count-tables';
import { createFreshCounts } from './fresh-counts';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const clock = createSystemClock();

describe('totals that are rebuilt', () => {
  it('equal those kept event by event, however the log has mixed, repeated and cut the events', async () => {
    await fc.assert(
      fc.asyncProperty(historyAndLog, batchSizes, batchSizes, async ([changes, log], sizes, logSizes) => {
        const database = await openAnalytics();
        await keep(database, changes, sizes);
        await rebuild(database, log, logSizes);

        const { equal, tables } = await database.transact(compareTables);
        await database.close();

        expect({ equal, tables }).toEqual({ equal: true, tables: [] });
      }),
      { numRuns: 25 },
    );
  });

  it('differ when an event is missing', async () => {
    const database = await openAnalytics();
    const changes =
      fc.sample(
        history.filter(({ length }) => length > 1),
        { numRuns: 1, seed: 1 },
      )[0] ?? [];
    await keep(database, changes, [7]);
    const [, ...rest] = changes;
    await rebuild(database, rest, [7]);

    const { equal } = await database.transact(compareTables);
    await database.close();

    expect(equal).toBe(false);
  });
});

/** What happened, and how the log tells it: in any sequence, some of it twice. */
const historyAndLog = history.chain((changes) =>
  fc.tuple(
    fc.constant(changes),
    fc
      .tuple(fc.shuffledSubarray(changes, { minLength: changes.length }), fc.shuffledSubarray(changes))
      .map(([all, again]) => [...all, ...again]),
  ),
);

async function openAnalytics(): Promise<Database> {
  const database = await openDatabase('sqlite::memory:', { clock });
  await migrate(database, { component: 'analytics', migrations });
  return database;
}

async function keep(database: Database, changes: readonly OrderChange[], sizes: readonly number[]) {
  const served = createOrderCounts({ metrics: createMetricsStore(), totals: createTotalsStore(), clock });
  for (const batch of cut(changes, sizes)) {
    await database.transact(async (tx) => served.add(tx, batch, await served.findKnown(tx, batch)));
  }
}

async function rebuild(database: Database, log: readonly OrderChange[], sizes: readonly number[]) {
  const fresh = createFreshCounts(clock);
  await createFreshTables(database, async () => undefined);
  for (const batch of cut(log, sizes)) {
    const logged = batch.map((change) => ({ kind: 'change', change, isCertain: true }) as const);
    await database.transact((tx) => fresh.add(tx, logged, { isLogComplete: true }));
  }
}

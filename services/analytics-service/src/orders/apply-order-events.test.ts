import type { CloudEvent } from '@fanfare/contracts';
import { createSystemClock } from '@fanfare/core';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase, readIndexedColumns } from '@fanfare/storage/testing';
import { sql } from 'kysely';
import path from 'node:path';
import { newId, orderMovedEvent, orderPlacedEvent, placedAtMs } from '../../test/samples';
import { createReportStore, type ReportStore } from '../reports/report-store';
import { createOrderEventHandler } from './apply-order-events';
import { createMetricsStore } from './metrics-store';
import { createTotalsStore } from './totals-store';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));

describeOnEveryDatabase('the order event handler', (openDatabase, { reopen }) => {
  let database: Database;
  let reports: ReportStore;
  let applied: string[];

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'analytics', migrations });
    reports = createReportStore(database);
    applied = [];
  });

  function apply(events: readonly CloudEvent[], on: Database = database): Promise<void> {
    const handler = createOrderEventHandler({
      metrics: createMetricsStore(),
      totals: createTotalsStore(),
      clock: createSystemClock(),
      onApplied: (all) => void applied.push(...all.map(({ id }) => id)),
    });
    return on.transact((tx) => handler.apply(tx, events));
  }

  const ranking = (of: 'product' | 'customer') => reports.readRanking(of, { limit: 100, offset: 0 });

  it('keeps every total, over several batches', async () => {
    await apply([
      orderPlacedEvent('o-1', { customer: 'c-1', product: 'p-1', amount: 10.01, quantity: 1 }),
      orderPlacedEvent('o-2', { customer: 'c-2', product: 'p-1', amount: 20.02, quantity: 2 }),
    ]);
    await apply([
      orderMovedEvent('o-1', 'cancelled', new Date(placedAtMs + 5_000)),
      orderPlacedEvent('o-3', { customer: 'c-2', product: 'p-2', amount: 0.07, quantity: 3 }),
      orderMovedEvent('o-2', 'confirmed'),
    ]);

    expect(await reports.readTotals()).toEqual({
      orders: 3,
      cancelledOrders: 1,
      revenueMinor: 2_009,
      version: 5,
      lastEventAtMs: placedAtMs + 5_000,
    });
    expect(await ranking('product')).toEqual([
      { id: 'p-1', orders: 2, cancelledOrders: 1, quantity: 2, revenueMinor: 2_002 },
      { id: 'p-2', orders: 1, cancelledOrders: 0, quantity: 3, revenueMinor: 7 },
    ]);
    expect(await ranking('customer')).toEqual([
      { id: 'c-2', orders: 2, cancelledOrders: 0, quantity: 5, revenueMinor: 2_009 },
      { id: 'c-1', orders: 1, cancelledOrders: 1, quantity: 0, revenueMinor: 0 },
    ]);
    const statuses = await reports.readStatuses();
    expect(statuses.get('pending')).toBe(1);
    expect(statuses.get('confirmed')).toBe(1);
    expect(statuses.get('cancelled')).toBe(1);
    expect(await reports.readTimes('day', 0, placedAtMs)).toEqual([
      {
        startAtMs: Date.parse('2026-03-01T00:00:00.000Z'),
        orders: 3,
        cancelledOrders: 1,
        quantity: 5,
        revenueMinor: 2_009,
      },
    ]);
  });

  it('counts an order once when it is announced in two batches', async () => {
    await apply([orderPlacedEvent('o-1')]);
    await apply([orderPlacedEvent('o-1'), orderPlacedEvent('o-2')]);

    expect(await reports.readTotals()).toMatchObject({ orders: 2, revenueMinor: 2_100 });
  });

  it('keeps nothing of a batch that it refuses, and says nothing of it', async () => {
    const refused = apply([orderPlacedEvent('o-1'), orderMovedEvent('o-unknown', 'cancelled')]);

    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    expect(await reports.readTotals()).toMatchObject({ orders: 0, version: 0, lastEventAtMs: null });
    expect(await ranking('product')).toEqual([]);
    expect(applied).toEqual([]);
  });

  it('tells of events when their effect is committed', async () => {
    const events = [orderPlacedEvent('o-1'), orderMovedEvent('o-1', 'confirmed')];

    await apply(events);

    expect(applied).toEqual(events.map(({ id }) => id));
  });

  it('does not take an older event that is tried again for the newest', async () => {
    await apply([orderPlacedEvent('o-2', { time: new Date(placedAtMs + 60_000) })]);
    await apply([orderPlacedEvent('o-1')]);

    expect(await reports.readTotals()).toMatchObject({ lastEventAtMs: placedAtMs + 60_000 });
  });

  it('tells ids apart that differ in case only', async () => {
    await apply([
      orderPlacedEvent('order', { customer: 'a', product: 'x' }),
      orderPlacedEvent('ORDER', { customer: 'A', product: 'X' }),
    ]);

    expect((await ranking('customer')).map(({ id }) => id)).toEqual(['A', 'a']);
    expect((await ranking('product')).map(({ id }) => id)).toEqual(['X', 'x']);
  });

  it('takes batches that touch the same rows from several instances at once', async () => {
    const other = await reopen();
    const batches = Array.from({ length: 12 }, (_, batch) =>
      Array.from({ length: 20 }, (_, index) =>
        orderPlacedEvent(newId(), {
          customer: `c-${(index * 7 + batch) % 20}`,
          product: `p-${(index * 3 + batch) % 10}`,
          amount: 0.01,
        }),
      ),
    );

    await Promise.all(batches.map((batch, index) => apply(batch, index % 2 === 0 ? database : other)));

    expect(await reports.readTotals()).toMatchObject({ orders: 240, revenueMinor: 240, version: 240 });
    expect((await ranking('product')).map(({ revenueMinor }) => revenueMinor)).toEqual(
      new Array(10).fill(24),
    );
  });

  it('adds up 100,000 orders exactly to the cent', async () => {
    const cents = Array.from({ length: 100_000 }, (_, index) => 1 + ((index * 7_919) % 999_983));
    const sum = Number(cents.reduce((total, amount) => total + BigInt(amount), 0n));

    for (let start = 0; start < cents.length; start += 2_000) {
      const batch = cents.slice(start, start + 2_000);
      await apply(batch.map((amount) => orderPlacedEvent(newId(), { amount: amount / 100 })));
    }

    expect(await reports.readTotals()).toMatchObject({ orders: 100_000, revenueMinor: sum });
  }, 60_000);

  it('has the columns and indexes of the original for people who look at its table', async () => {
    await apply([orderPlacedEvent('o-1', { amount: 149.99, quantity: 3 })]);

    const { rows } = await sql`
      select order_id, customer_id, product_id, quantity, total_amount from order_metrics`.execute(
      database.queries,
    );

    expect(rows).toEqual([
      {
        order_id: 'o-1',
        customer_id: 'customer-1',
        product_id: 'product-1',
        quantity: 3,
        total_amount: 149.99,
      },
    ]);
    expect(await readIndexedColumns(database, 'order_metrics')).toEqual(
      expect.arrayContaining(['order_id', 'customer_id', 'product_id', 'processed_at']),
    );
  });
});

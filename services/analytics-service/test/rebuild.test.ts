import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { useRebuilds } from './rebuild-fixture';
import { newId, orderMovedEvent, orderPlacedEvent } from './samples';

const reports = [
  '/analytics/summary',
  '/analytics/products',
  '/analytics/customers',
  '/analytics/statuses',
  '/analytics/timeseries?bucket=day&from=2026-03-01&to=2026-03-02',
];

describeOnEveryDatabase('totals that are counted anew', (_open, underTest) => {
  const fixture = useRebuilds(underTest);
  const { rebuild, byHand, placeThree } = fixture;

  const readVersion = async () => {
    const [row] = await byHand('select version from order_totals');
    return (row as { version: number }).version;
  };
  const readReports = () => Promise.all(reports.map((path) => fixture.system.get(path)));

  it('are the same where nothing is wrong', async () => {
    await placeThree();
    const summary = await fixture.system.get('/analytics/summary');

    const done = await rebuild();

    expect(done).toMatchObject({
      shadow: false,
      processed: 4,
      position: 4,
      skipped_erased: 0,
      skipped_other: 0,
      kept_orders: 0,
      error: null,
      started_at: expect.any(String) as string,
      finished_at: expect.any(String) as string,
      difference: { equal: true, before: summary, after: summary, tables: [] },
    });
    expect(await fixture.system.get('/analytics/summary')).toEqual(summary);
  });

  it('are zeros before the first order', async () => {
    await eventually(async () => {
      expect(await byHand('select * from cursors')).toHaveLength(1);
    });

    expect(await rebuild()).toMatchObject({ difference: { equal: true, after: { total_orders: 0 } } });
  });

  it('replace what was deleted, changed and added by hand, row by row, and say so', async () => {
    await placeThree();
    const before = await readReports();
    await byHand(
      "delete from order_metrics where order_id = 'o-2'",
      "update order_metrics set status = 'shipped' where order_id = 'o-3'",
      "insert into product_totals values ('p-9', 1, 0, 1, 1)",
      'update order_totals set total_orders = 7, revenue_minor = 1, last_event_at = null',
      'delete from customer_totals',
    );

    const { difference } = await rebuild();

    expect(await readVersion()).toBe(5);
    const tally = { orders: 1, cancelled_orders: 0, quantity: 1, revenue_minor: 1 };
    expect(difference).toMatchObject({
      equal: false,
      before: { total_orders: 7, total_revenue: 0.01, last_updated: null },
      after: { total_orders: 3, total_revenue: 20.09 },
      tables: [
        { table: 'order_metrics', missing: 1, changed: 1, extra: 0 },
        { table: 'order_totals', missing: 0, changed: 1, extra: 0 },
        {
          table: 'product_totals',
          missing: 0,
          changed: 0,
          extra: 1,
          examples: [{ key: { product_id: 'p-9' }, before: tally, after: null }],
        },
        { table: 'customer_totals', missing: 2, changed: 0, extra: 0 },
      ],
    });
    expect(difference?.tables[0]?.examples).toContainEqual({
      key: { order_id: 'o-3' },
      before: expect.objectContaining({ status: 'shipped' }) as object,
      after: expect.objectContaining({ status: 'pending' }) as object,
    });
    await eventually(async () => {
      expect(await readReports()).toEqual(before);
    });
    expect(await rebuild()).toMatchObject({ difference: { equal: true } });
  });

  it('replace tables that were emptied, and go on from there', async () => {
    await placeThree();
    const tables = ['order_metrics', 'order_totals', 'product_totals', 'status_totals', 'time_totals'];
    await byHand(...tables.map((table) => `delete from ${table}`));

    await rebuild();

    await fixture.system.untilSummary({ total_orders: 3, cancelled_orders: 1, total_revenue: 20.09 });
    await fixture.system.producer.publish(orderMovedEvent('o-2', 'cancelled'));
    await fixture.system.untilSummary({ total_orders: 3, cancelled_orders: 2, total_revenue: 0.07 });
    expect(await rebuild()).toMatchObject({ difference: { equal: true } });
  });

  it('are compared only, as a shadow', async () => {
    await placeThree();
    await byHand('update order_totals set total_orders = 7');

    expect(await rebuild({ shadow: true })).toMatchObject({
      shadow: true,
      difference: { equal: false, before: { total_orders: 7 }, after: { total_orders: 3 } },
    });
    expect(await byHand('select total_orders from order_totals')).toEqual([{ total_orders: 7 }]);
  });

  it('are those that were kept event by event, under load too, while reads never drop or go back', async () => {
    const { system } = fixture;
    const seen: number[] = [];
    let isOver = false;
    const read = async () => {
      while (!isOver) {
        const summary = await system.get('/analytics/summary');
        await system.get('/analytics/products');
        seen.push((summary as { total_orders: number }).total_orders);
      }
    };
    const place = async () => {
      for (let round = 0; round < 60; round += 1) {
        const ids = Array.from({ length: 20 }, () => newId());
        await system.producer.publish(...ids.map((id) => orderPlacedEvent(id, { amount: 0.1 })));
        await system.producer.publish(orderMovedEvent(ids[0] ?? '', 'cancelled'));
      }
    };
    const reading = read();
    const placing = place();

    const underLoad = [await rebuild(), await rebuild()];
    await placing;
    await system.untilSummary({ total_orders: 1_200, cancelled_orders: 60, total_revenue: 114 });
    isOver = true;
    await reading;

    expect(underLoad).toMatchObject([{ difference: { tables: [] } }, { difference: { tables: [] } }]);
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
    expect(await rebuild()).toMatchObject({ difference: { equal: true, after: { total_orders: 1_200 } } });
  });

  it('hold what is applied while the log is read, and are put right all the same', async () => {
    const { system, store } = fixture;
    await placeThree();
    await byHand("delete from order_metrics where order_id = 'o-1'");
    let isPlaced = false;
    store.onList = async (fromPosition) => {
      if (fromPosition === 0 || isPlaced) return;
      isPlaced = true;
      await system.producer.publish(orderPlacedEvent('o-4'), orderMovedEvent('o-2', 'confirmed'));
      await system.untilSummary({ total_orders: 4 });
    };

    expect(await fixture.rebuildAndCount()).toEqual([['order_metrics', 1, 0, 0]]);
    expect(await system.get('/analytics/summary')).toMatchObject({ total_orders: 4 });
  });
});

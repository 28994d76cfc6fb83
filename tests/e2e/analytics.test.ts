import { eventually } from '@fanfare/core/testing';
import {
  readRanking,
  readStatusCounts,
  readSummary,
  readTimeseries,
  toCents,
  type Bucket,
  type Ranking,
} from './support/analytics';
import { atOnce } from './support/at-once';
import { newOrder, placeOrder, placeOrderIn, statuses, uniqueId, type Status } from './support/orders';

const lengthMs: Readonly<Record<Bucket, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

describe('the analytics summary', () => {
  it('gives the mean amount of the orders that count, to the cent, under both of its names', async () => {
    await placeOrder(newOrder({ total_amount: 0.07 }));

    const summary = await readSummary();

    const counted = summary.total_orders - summary.cancelled_orders;
    const mean = counted === 0 ? 0 : toCents(summary.total_revenue) / counted;
    expect(Math.abs(toCents(summary.average_order_size) - mean)).toBeLessThanOrEqual(0.5);
    expect(summary.average_order_value).toBe(summary.average_order_size);
  });

  it('never goes back while many read and orders come in', async () => {
    let isDone = false;
    const reader = async () => {
      let last = await readSummary();
      while (!isDone) {
        const next = await readSummary();
        expect(next.total_orders).toBeGreaterThanOrEqual(last.total_orders);
        expect(Date.parse(next.last_updated ?? '')).toBeGreaterThanOrEqual(
          Date.parse(last.last_updated ?? '1970-01-01'),
        );
        last = next;
      }
    };
    const writers = async () => {
      for (let round = 0; round < 10; round += 1) await atOnce(5, () => placeOrder());
      isDone = true;
    };
    await placeOrder();

    await Promise.all([writers(), ...Array.from({ length: 8 }, reader)]);
  });

  it('is as young as the newest order', async () => {
    const { created_at } = await placeOrder();

    await eventually(async () => {
      const { last_updated } = await readSummary();
      expect(Date.parse(last_updated ?? '')).toBeGreaterThanOrEqual(Date.parse(created_at));
    });
  });
});

describe('the count of orders by status', () => {
  it('names every status and adds up to the orders of the summary', async () => {
    const before = await readSummary();

    const counts = await readStatusCounts();

    expect(counts.map(({ status }) => status)).toEqual([...statuses]);
    const sum = counts.reduce((total, { orders }) => total + orders, 0);
    expect(sum).toBeGreaterThanOrEqual(before.total_orders);
    await eventually(async () => {
      expect((await readSummary()).total_orders).toBeGreaterThanOrEqual(sum);
    });
  });

  it.each<Status>(['completed', 'cancelled'])('grows with each order that is %s', async (last) => {
    const countOf = async () => (await readStatusCounts()).find(({ status }) => status === last)?.orders;
    const before = await countOf();

    await atOnce(3, () => placeOrderIn(last));

    await eventually(async () => {
      expect(await countOf()).toBeGreaterThanOrEqual((before ?? NaN) + 3);
    });
  });
});

describe('the time series', () => {
  it.each<Bucket>(['minute', 'hour', 'day'])(
    'counts orders in the %s in which they are placed',
    async (bucket) => {
      const now = Date.parse((await placeOrder()).created_at);
      const span = { from: new Date(now - 2 * lengthMs[bucket]), to: new Date(now + 2 * lengthMs[bucket]) };
      const before = await readTimeseries(bucket, span);

      const placed = await atOnce(5, () => placeOrder());

      const startOf = (time: string) =>
        new Date(Math.floor(Date.parse(time) / lengthMs[bucket]) * lengthMs[bucket]).toISOString();
      const starts = placed.map(({ created_at }) => startOf(created_at));
      await eventually(async () => {
        const after = await readTimeseries(bucket, span);
        for (const { start, orders } of before) {
          const added = starts.filter((one) => one === start).length;
          const then = after.find((point) => point.start === start);
          expect(then?.orders).toBeGreaterThanOrEqual(orders + added);
        }
      });
    },
  );

  it('has a point for every bucket of the span, also where there is nothing', async () => {
    const points = await readTimeseries('hour', {
      from: new Date('1999-12-31T22:30:00Z'),
      to: new Date('2000-01-01T01:00:00Z'),
    });

    const nothing = { orders: 0, cancelled_orders: 0, quantity: 0, revenue: 0 };
    expect(points).toEqual([
      { start: '1999-12-31T22:00:00.000Z', ...nothing },
      { start: '1999-12-31T23:00:00.000Z', ...nothing },
      { start: '2000-01-01T00:00:00.000Z', ...nothing },
    ]);
  });
});

describe.each<Ranking>(['customers', 'products'])('the ranking of %s', (ranking) => {
  it('goes from the highest revenue to the lowest, page by page', async () => {
    await atOnce(6, (index) => placeOrder(newOrder({ total_amount: 10_000_000 + index })));

    let last = Infinity;
    let pages = 0;
    for await (const page of readRanking(ranking, 2)) {
      for (const { revenue } of page) {
        expect(revenue).toBeLessThanOrEqual(last);
        last = revenue;
      }
      pages += 1;
      if (pages === 3) break;
    }
    expect(pages).toBe(3);
  });

  it('shows a newcomer with a high revenue before others', async () => {
    const id = uniqueId('big');
    await placeOrder(newOrder({ customer_id: id, product_id: id, total_amount: 99_999_999.99 }));

    await eventually(async () => {
      const found = [];
      for await (const page of readRanking(ranking)) {
        found.push(...page.filter(({ revenue }) => revenue >= 99_999_999.99));
        if (page.some(({ revenue }) => revenue < 99_999_999.99)) break;
      }
      expect(found.map(({ customer_id, product_id }) => customer_id ?? product_id)).toContain(id);
    });
  });
});

import fc from 'fast-check';
import { averageMinor, toSummaryBody } from './summary';

describe('the average', () => {
  it.each([
    [0, 0, 0],
    [11_055, 3, 3_685],
    [11_056, 3, 3_685],
    [1, 2, 1],
    [3, 2, 2],
    [1, 3, 0],
    [2, 3, 1],
    [999_999_999_999_999, 7, 142_857_142_857_143],
  ])('of %i minor units over %i orders is %i, rounded half up', (sum, count, average) => {
    expect(averageMinor(sum, count)).toBe(average);
  });

  it('is at most half a minor unit away from the exact one, for any sum that is exact itself', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 1_000_000_000 }), (sum, count) => {
        const doubledError = 2n * (BigInt(averageMinor(sum, count)) * BigInt(count) - BigInt(sum));

        expect(doubledError > -BigInt(count) && doubledError <= BigInt(count)).toBe(true);
      }),
    );
  });
});

describe('the summary', () => {
  it('shows money as decimals and the time of the newest event', () => {
    const totals = {
      orders: 4,
      cancelledOrders: 1,
      revenueMinor: 11_055,
      version: 9,
      lastEventAtMs: 1_772_360_430_400,
    };

    expect(toSummaryBody(totals)).toEqual({
      total_orders: 4,
      total_revenue: 110.55,
      average_order_size: 36.85,
      average_order_value: 36.85,
      cancelled_orders: 1,
      last_updated: '2026-03-01T10:20:30.400Z',
    });
  });

  it('has an average of zero when every order is cancelled', () => {
    const totals = { orders: 2, cancelledOrders: 2, revenueMinor: 0, version: 4, lastEventAtMs: 0 };

    expect(toSummaryBody(totals)).toMatchObject({ total_orders: 2, total_revenue: 0, average_order_size: 0 });
  });
});

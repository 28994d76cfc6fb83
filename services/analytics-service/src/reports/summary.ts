import { fromMinor, timestamp } from '@fanfare/contracts';
import { z } from 'zod';

/** The totals over all orders. */
export interface Totals {
  /** All that were placed. */
  readonly orders: number;
  readonly cancelledOrders: number;
  /** Of orders that are not cancelled. */
  readonly revenueMinor: number;
  /** Grows with every applied event. */
  readonly version: number;
  readonly lastEventAtMs: number | null;
}

const money = z.number().meta({ description: 'In major units, exact to the cent' });
const average =
  'Revenue divided by the orders that are not cancelled, rounded half up to the cent; 0 without orders';

export const summaryBody = z
  .object({
    total_orders: z.int().meta({ description: 'Every order that was placed, cancelled ones too' }),
    total_revenue: money.meta({
      description: 'Amounts of all orders that are not cancelled, exact to the cent',
    }),
    average_order_size: money.meta({ description: average }),
    average_order_value: money.meta({ description: 'The same as average_order_size' }),
    cancelled_orders: z.int(),
    last_updated: timestamp.nullable().meta({
      description: 'Time of the newest event that is counted; null as long as there is none',
    }),
  })
  .meta({ title: 'OrderSummary' });

/** A summary as it is sent, made once for all who ask. */
export interface EncodedSummary {
  readonly version: number;
  readonly text: string;
}

export function encodeSummary(totals: Totals): EncodedSummary {
  return { version: totals.version, text: JSON.stringify(toSummaryBody(totals)) };
}

/** Money as numbers, which JSON readers everywhere take for the decimals that they show. */
export function toSummaryBody(totals: Totals): z.infer<typeof summaryBody> {
  const averageValue = fromMinor(averageMinor(totals.revenueMinor, totals.orders - totals.cancelledOrders));
  return {
    total_orders: totals.orders,
    total_revenue: fromMinor(totals.revenueMinor),
    average_order_size: averageValue,
    average_order_value: averageValue,
    cancelled_orders: totals.cancelledOrders,
    last_updated: totals.lastEventAtMs === null ? null : new Date(totals.lastEventAtMs).toISOString(),
  };
}

/** Mean in whole minor units, rounded half up; 0 of nothing. Only integers on the way: no float ever holds a fraction of a cent. */
export function averageMinor(sumMinor: number, count: number): number {
  if (count === 0) return 0;
  const rest = sumMinor % count;
  return (sumMinor - rest) / count + (2 * rest >= count ? 1 : 0);
}

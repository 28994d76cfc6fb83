import { z } from 'zod';
import { read, readPages } from './http';
import { statuses } from './orders';
import { analyticsUrl } from './system';

const summarySchema = z.object({
  total_orders: z.int(),
  total_revenue: z.number(),
  average_order_size: z.number(),
  average_order_value: z.number(),
  cancelled_orders: z.int(),
  last_updated: z.iso.datetime().nullable(),
});
export type Summary = z.infer<typeof summarySchema>;

const tally = {
  orders: z.int(),
  cancelled_orders: z.int(),
  quantity: z.int(),
  revenue: z.number(),
};
const rankedSchema = z.strictObject({
  customer_id: z.string().optional(),
  product_id: z.string().optional(),
  ...tally,
});
export type Ranked = z.infer<typeof rankedSchema>;

const pointSchema = z.strictObject({ start: z.iso.datetime(), ...tally });
export type Point = z.infer<typeof pointSchema>;

export function readSummary(): Promise<Summary> {
  return read(`${analyticsUrl}/analytics/summary`, summarySchema);
}

export async function readStatusCounts(): Promise<{ status: string; orders: number }[]> {
  const schema = z.array(z.strictObject({ status: z.enum(statuses), orders: z.int() }));
  return read(`${analyticsUrl}/analytics/statuses`, schema);
}

export type Bucket = 'minute' | 'hour' | 'day';

export function readTimeseries(
  bucket: Bucket,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<Point[]> {
  const span = new URLSearchParams({ bucket, from: from.toISOString(), to: to.toISOString() }).toString();
  return read(`${analyticsUrl}/analytics/timeseries?${span}`, z.array(pointSchema));
}

export type Ranking = 'customers' | 'products';

/** Pages of a ranking, highest revenue first. */
export function readRanking(ranking: Ranking, limit = 100): AsyncGenerator<Ranked[], void> {
  return readPages(`${analyticsUrl}/analytics/${ranking}?limit=${limit}`, z.array(rankedSchema));
}

/** What analytics has counted for one customer or product; throws when it is not in the ranking. */
export async function readTotals(ranking: Ranking, id: string): Promise<Omit<Ranked, `${string}_id`>> {
  for await (const page of readRanking(ranking)) {
    const found = page.find(({ customer_id, product_id }) => (customer_id ?? product_id) === id);
    if (!found) continue;
    const { orders, cancelled_orders, quantity, revenue } = found;
    return { orders, cancelled_orders, quantity, revenue };
  }
  throw new Error(`${id} is not among the ${ranking}`);
}

/** Whole cents, so that sums over orders are exact. */
export function toCents(amount: number): number {
  return Math.round(amount * 100);
}

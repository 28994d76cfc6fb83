import { fromMinor } from '@fanfare/contracts';
import { z } from 'zod';
import type { Tally } from '../orders/totals-delta';

/** Sums over some orders, as all reports show them. */
export const tallyFields = {
  orders: z.int().meta({ description: 'All that were placed, cancelled ones too' }),
  cancelled_orders: z.int(),
  quantity: z.int().meta({ description: 'Units in orders that are not cancelled' }),
  revenue: z.number().meta({ description: 'Of orders that are not cancelled, exact to the cent' }),
};

export function toTallyBody({ orders, cancelledOrders, quantity, revenueMinor }: Readonly<Tally>) {
  return { orders, cancelled_orders: cancelledOrders, quantity, revenue: fromMinor(revenueMinor) };
}

import { orderStatus, orderStatuses } from '@fanfare/contracts';
import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import type { ReportStore } from './report-store';

/** `GET /analytics/statuses`. */
export function statusRoute({ readStatuses }: Pick<ReportStore, 'readStatuses'>): Route {
  return defineRoute({
    method: 'get',
    path: '/analytics/statuses',
    role: 'reader',
    summary: 'How many orders are in each status',
    description:
      'Every status, also those without orders. The numbers add up to `total_orders` of the summary.',
    responses: { 200: z.array(z.object({ status: orderStatus, orders: z.int() })) },
    handle: async () => {
      const orders = await readStatuses();
      return reply(
        200,
        orderStatuses.map((status) => ({ status, orders: orders.get(status) ?? 0 })),
      );
    },
  });
}

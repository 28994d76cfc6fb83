import { timestamp } from '@fanfare/contracts';
import type { Queries } from '@fanfare/storage';
import { z } from 'zod';
import type { NotificationTables } from '../notifications/notification-tables';

/** Who placed an order, and when. */
export interface Placing {
  readonly customerId: string;
  readonly at: Date;
}

const placedData = z.object({ created_at: timestamp });

/** The placings of those orders of which a notification was noted, by order. */
export async function findPlacings(
  queries: Queries,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, Placing>> {
  if (orderIds.length === 0) return new Map();
  const rows = await queries
    .withTables<NotificationTables>()
    .selectFrom('notifications')
    .select(['order_id', 'customer_id', 'event_data'])
    .where('order_id', 'in', [...orderIds])
    .where('event_name', '=', 'order.created')
    .execute();
  return new Map(
    rows.flatMap(({ order_id: orderId, customer_id: customerId, event_data: data }) => {
      if (customerId === null) return [];
      const at = new Date(placedData.parse(JSON.parse(data)).created_at);
      return [[orderId, { customerId, at }]];
    }),
  );
}

import { z } from 'zod';
import { readPages } from './http';
import { orderSchema, type Order } from './orders';
import { orderUrl } from './system';

export interface ListQuery {
  readonly customer_id?: string;
  readonly status?: string;
  readonly limit?: string;
  readonly offset?: string;
}

/** Pages of the list of orders, newest first. */
export function readOrderPages(query: ListQuery): AsyncGenerator<Order[], void> {
  return readPages(
    `${orderUrl}/orders?${new URLSearchParams({ ...query }).toString()}`,
    z.array(orderSchema),
  );
}

/** All pages together. */
export async function listOrders(query: ListQuery): Promise<Order[]> {
  const orders: Order[] = [];
  for await (const page of readOrderPages({ limit: '100', ...query })) orders.push(...page);
  return orders;
}

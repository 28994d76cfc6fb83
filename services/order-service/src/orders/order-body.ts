import { amount, fromMinor, identifier, orderStatus, timestamp } from '@fanfare/contracts';
import { z } from 'zod';
import type { Order } from './order';

/** An order as clients see it. */
export const orderBody = z
  .object({
    id: z.uuid(),
    customer_id: identifier,
    product_id: identifier,
    quantity: z.int().min(1).max(1_000_000),
    total_amount: amount,
    status: orderStatus,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ title: 'Order' });

export type OrderBody = z.infer<typeof orderBody>;

export function toOrderBody(order: Order): OrderBody {
  return {
    id: order.id,
    customer_id: order.customerId,
    product_id: order.productId,
    quantity: order.quantity,
    total_amount: fromMinor(order.totalMinor),
    status: order.status,
    created_at: order.createdAt.toISOString(),
    updated_at: order.updatedAt.toISOString(),
  };
}

/** An order as it is sent, encoded once: for the answer, for the cache and for answers that are given again. */
export interface EncodedOrder {
  readonly id: string;
  readonly version: number;
  /** JSON of the order's body. */
  readonly text: string;
}

export function encodeOrder(order: Order): EncodedOrder {
  return { id: order.id, version: order.version, text: JSON.stringify(toOrderBody(order)) };
}

import { identifier, positiveAmount } from '@fanfare/contracts';
import { z } from 'zod';

/** What a colleague needs to know of an order. */
export const orderData = z.looseObject({
  order_id: identifier,
  quantity: z.int().min(1),
  total_amount: positiveAmount,
});
export type OrderData = z.infer<typeof orderData>;

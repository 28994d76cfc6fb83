import { identifier, orderStatus, orderStatuses, positiveAmount, toMinor } from '@fanfare/contracts';
import { wholeNumber } from '@fanfare/service-kit';
import { z } from 'zod';
import { readCursor } from './list-cursor';
import type { NewOrder } from './order';

export const newOrderBody = z
  .strictObject({
    customer_id: identifier,
    product_id: identifier,
    quantity: z.int().min(1).max(1_000_000),
    total_amount: positiveAmount,
  })
  .meta({ title: 'NewOrder' });

export function fromNewOrderBody(body: z.infer<typeof newOrderBody>): NewOrder {
  return {
    customerId: body.customer_id,
    productId: body.product_id,
    quantity: body.quantity,
    totalMinor: toMinor(body.total_amount),
  };
}

const reason = z.string().min(1).max(500);

export const statusChangeBody = z
  .strictObject({
    status: z.enum(orderStatuses, `must be one of ${orderStatuses.join(', ')}`),
    reason: reason.optional(),
  })
  .meta({ title: 'StatusChange' });

export const cancellationBody = z
  .strictObject({ reason: reason.optional() })
  .meta({ title: 'Cancellation' })
  .optional();

export const orderPath = z.object({ id: identifier });

const defaultLimit = 10;
const maxLimit = 100;

export const listQuery = z
  .strictObject({
    limit: wholeNumber({ min: 1, max: maxLimit })
      .prefault(String(defaultLimit))
      .meta({ default: defaultLimit }),
    offset: wholeNumber().optional(),
    customer_id: identifier.optional(),
    status: orderStatus.optional(),
    cursor: z
      .string()
      .refine((cursor) => readCursor(cursor) !== null, 'must be the cursor of a link to a next page')
      .optional(),
  })
  .refine(({ offset, cursor }) => offset === undefined || cursor === undefined, {
    path: ['offset'],
    message: 'cannot be given together with cursor',
  });

export type ListQuery = z.infer<typeof listQuery>;

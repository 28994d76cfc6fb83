import { z } from 'zod';
import { defineEvent } from './define-event';

export const orderStatuses = ['pending', 'confirmed', 'shipped', 'delivered', 'completed', 'cancelled'] as const;
export const orderStatus = z.enum(orderStatuses);
export type OrderStatus = z.infer<typeof orderStatus>;

/** 1 to 64 characters of visible ASCII. */
export const identifier = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters');

/** A money amount in major units with at most two decimals, as it is written on every wire. */
export const amount = z.number().nonnegative().max(99_999_999.99);

const timestamp = z.iso.datetime();

export const orderCreated = defineEvent({
  name: 'order.created',
  summary: 'An order was accepted.',
  data: {
    order_id: identifier,
    customer_id: identifier,
    product_id: identifier,
    quantity: z.int().min(1).max(1_000_000),
    total_amount: amount,
    currency: z.string().length(3),
    status: orderStatus,
    created_at: timestamp,
  },
});

const transition = {
  order_id: identifier,
  old_status: orderStatus,
  new_status: orderStatus,
  reason: z.string().max(500).optional(),
  changed_by: z.string(),
  changed_at: timestamp,
};

export const orderConfirmed = defineEvent({ name: 'order.confirmed', summary: 'An order was confirmed.', data: transition });
export const orderCancelled = defineEvent({ name: 'order.cancelled', summary: 'An order was cancelled; it no longer counts as revenue.', data: transition });
export const orderShipped = defineEvent({ name: 'order.shipped', summary: 'An order left the warehouse.', data: transition });
export const orderDelivered = defineEvent({ name: 'order.delivered', summary: 'An order reached its customer.', data: transition });
export const orderCompleted = defineEvent({ name: 'order.completed', summary: 'An order is done.', data: transition });

/** The events that change an order's status, each named after the status it leads to. */
export const orderTransitions = {
  confirmed: orderConfirmed,
  cancelled: orderCancelled,
  shipped: orderShipped,
  delivered: orderDelivered,
  completed: orderCompleted,
} as const;

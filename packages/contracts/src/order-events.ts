import { z } from 'zod';
import { defineEvent, defineExternalEvent } from './define-event';
import { currency, externalForm, externalTimestamp, freeObject, identifier, timestamp } from './fields';
import { amount, signedAmount } from './money';

export const orderStatuses = [
  'pending',
  'confirmed',
  'shipped',
  'delivered',
  'completed',
  'cancelled',
] as const;
export const orderStatus = z.enum(orderStatuses);
export type OrderStatus = z.infer<typeof orderStatus>;

const externalOrderItem = externalForm('ExternalOrderItem', {
  product_id: z.string(),
  quantity: z.int(),
  price: signedAmount,
  total: signedAmount,
});

/** Orders as other programs tell of them: the fields of every documented form, of the order itself and of its changes. */
export const externalOrder = externalForm('ExternalOrder', {
  order_id: z.string(),
  user_id: z.string(),
  customer_id: z.string(),
  payment_id: z.string(),
  order_number: z.string(),
  product_id: z.string(),
  quantity: z.int(),
  items: z.array(externalOrderItem),
  total_amount: signedAmount,
  currency: z.string(),
  status: z.string(),
  order_date: externalTimestamp,
  created_at: externalTimestamp,
  old_status: z.string(),
  new_status: z.string(),
  changed_by: z.string(),
  reason: z.string(),
  changed_at: externalTimestamp,
  changes: freeObject,
});

export const orderCreated = defineEvent({
  topic: 'orders',
  name: 'order.created',
  summary: 'An order was accepted.',
  data: {
    order_id: identifier,
    customer_id: identifier,
    product_id: identifier,
    quantity: z.int().min(1).max(1_000_000),
    total_amount: amount,
    currency,
    status: orderStatus,
    created_at: timestamp,
  },
  external: externalOrder,
});

export const orderUpdated = defineExternalEvent({
  name: 'order.updated',
  summary: 'Something about an order changed.',
  data: externalOrder,
});

export const orderStatusChanged = defineExternalEvent({
  name: 'order.status_changed',
  summary: 'An order went from one status to another.',
  data: externalOrder,
});

const defineTransition = <const Name extends string>(name: Name, summary: string) =>
  defineEvent({
    topic: 'orders',
    name,
    summary,
    data: {
      order_id: identifier,
      old_status: orderStatus,
      new_status: orderStatus,
      reason: z.string().max(500).optional(),
      /** Subject of the caller's token, or `system`. */
      changed_by: z.string(),
      changed_at: timestamp,
    },
    external: externalOrder,
  });

export const orderConfirmed = defineTransition('order.confirmed', 'An order was confirmed.');
export const orderCancelled = defineTransition(
  'order.cancelled',
  'An order was cancelled; it no longer counts as revenue.',
);
export const orderShipped = defineTransition('order.shipped', 'An order left the warehouse.');
export const orderDelivered = defineTransition('order.delivered', 'An order reached its customer.');
export const orderCompleted = defineTransition('order.completed', 'An order is done.');

/** The events that change an order's status, each named after the status it leads to. */
export const orderTransitions = {
  confirmed: orderConfirmed,
  cancelled: orderCancelled,
  shipped: orderShipped,
  delivered: orderDelivered,
  completed: orderCompleted,
} as const;

export const orderEvents = [
  orderCreated,
  orderUpdated,
  orderStatusChanged,
  ...Object.values(orderTransitions),
] as const;

import { orderCreated, orderTransitions, type CloudEvent, type OrderStatus } from '@fanfare/contracts';
import { createIdGenerator, createSystemClock } from '@fanfare/core';
import type { OrderChange } from '../src/orders/order-change';
import type { OrderMetric } from '../src/orders/order-metric';

export const newId = createIdGenerator(createSystemClock());

export const placedAt = new Date('2026-03-01T10:20:30.400Z');
export const placedAtMs = placedAt.getTime();

/** An order as analytics keeps it. */
export function sampleOrder(orderId: string, overrides: Partial<OrderMetric> = {}): OrderMetric {
  return {
    orderId,
    customerId: 'customer-1',
    productId: 'product-1',
    quantity: 2,
    totalAmountMinor: 1_050,
    status: 'pending',
    createdAtMs: placedAtMs,
    ...overrides,
  };
}

export function placed(order: OrderMetric): OrderChange {
  return { kind: 'placed', order, occurredAtMs: order.createdAtMs };
}

export function moved(orderId: string, status: OrderStatus, occurredAtMs = placedAtMs + 1): OrderChange {
  return { kind: 'moved', orderId, status, occurredAtMs };
}

const requestId = 'request-1';
export const traceId = '0af7651916cd43dd8448eb211c80319c';

function envelope(orderId: string, time: Date) {
  return {
    id: newId(),
    source: '/order-service',
    subject: orderId,
    time,
    correlationid: requestId,
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  };
}

export interface SamplePlacement {
  readonly customer?: string;
  readonly product?: string;
  readonly quantity?: number;
  /** In major units, as on the wire. */
  readonly amount?: number;
  readonly time?: Date;
}

/** The event that tells of a new order. */
export function orderPlacedEvent(orderId: string, placement: SamplePlacement = {}): CloudEvent {
  const {
    customer = 'customer-1',
    product = 'product-1',
    quantity = 2,
    amount = 10.5,
    time = placedAt,
  } = placement;
  return orderCreated.create({
    ...envelope(orderId, time),
    data: {
      order_id: orderId,
      customer_id: customer,
      product_id: product,
      quantity,
      total_amount: amount,
      currency: 'USD',
      status: 'pending',
      created_at: time.toISOString(),
    },
  });
}

/** The event that tells of an order's new status. */
export function orderMovedEvent(
  orderId: string,
  status: keyof typeof orderTransitions,
  time = new Date(placedAtMs + 1_000),
): CloudEvent {
  return orderTransitions[status].create({
    ...envelope(orderId, time),
    data: {
      order_id: orderId,
      old_status: 'pending',
      new_status: status,
      changed_by: 'system',
      changed_at: time.toISOString(),
    },
  });
}

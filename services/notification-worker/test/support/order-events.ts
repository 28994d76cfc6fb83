import { orderCreated, orderTransitions, type CloudEvent, type OrderStatus } from '@fanfare/contracts';
import { createIdGenerator, createSystemClock } from '@fanfare/core';

export const newId = createIdGenerator(createSystemClock());

export const time = new Date('2026-03-02T09:15:00.000Z');
export const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const trace = { correlationid: 'request-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };

export function orderCreatedEvent(
  orderId: string,
  { customerId = 'customer-1', totalAmount = 99.9, currency = 'USD', placedAt = time } = {},
): CloudEvent {
  return orderCreated.create({
    id: newId(),
    source: '/order-service',
    subject: orderId,
    time: placedAt,
    ...trace,
    data: {
      order_id: orderId,
      customer_id: customerId,
      product_id: 'product-1',
      quantity: 2,
      total_amount: totalAmount,
      currency,
      status: 'pending',
      created_at: placedAt.toISOString(),
    },
  });
}

export function orderTransitionEvent(
  orderId: string,
  status: keyof typeof orderTransitions,
  reason?: string,
): CloudEvent {
  const before: Record<typeof status, OrderStatus> = {
    confirmed: 'pending',
    cancelled: 'pending',
    shipped: 'confirmed',
    delivered: 'shipped',
    completed: 'delivered',
  };
  return orderTransitions[status].create({
    id: newId(),
    source: '/order-service',
    subject: orderId,
    time,
    ...trace,
    data: {
      order_id: orderId,
      old_status: before[status],
      new_status: status,
      ...(reason !== undefined && { reason }),
      changed_by: 'clerk-7',
      changed_at: time.toISOString(),
    },
  });
}

/** `count` new orders, `order-1` and so on. */
export function newOrders(count: number): readonly CloudEvent[] {
  return Array.from({ length: count }, (_, index) => orderCreatedEvent(`order-${index + 1}`));
}

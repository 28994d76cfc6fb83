import { orderCreated, orderTransitions, type CloudEvent } from '@fanfare/contracts';
import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { createTopicOwner, type TopicOwner } from '@fanfare/service-kit/testing';

const newId = createIdGenerator(createSystemClock());
const time = new Date('2026-03-02T09:15:00.000Z');

/** Stands in for order-service. */
export const createOrderStandIn = (): TopicOwner =>
  createTopicOwner({ name: 'order-service', topic: 'orders' });

export const orderData = { customer_id: 'customer-1', product_id: 'product-1', quantity: 2 };

/** `order.created`. */
export function placed(
  orderId: string,
  { customer = orderData.customer_id, at = time }: { readonly customer?: string; readonly at?: Date } = {},
): CloudEvent {
  return orderCreated.create({
    ...envelope(orderId),
    data: {
      ...orderData,
      customer_id: customer,
      order_id: orderId,
      total_amount: 99.9,
      currency: 'USD',
      status: 'pending',
      created_at: at.toISOString(),
    },
  });
}

/** `order.confirmed` and so on. */
export function changed(
  orderId: string,
  status: keyof typeof orderTransitions,
  { by = 'system', reason }: { readonly by?: string; readonly reason?: string } = {},
): CloudEvent {
  return orderTransitions[status].create({
    ...envelope(orderId),
    data: {
      order_id: orderId,
      old_status: status === 'shipped' ? 'confirmed' : 'pending',
      new_status: status,
      ...(reason !== undefined && { reason }),
      changed_by: by,
      changed_at: time.toISOString(),
    },
  });
}

function envelope(orderId: string) {
  return {
    id: newId(),
    source: '/order-service',
    subject: orderId,
    time,
    correlationid: `request of ${orderId}`,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
}

import { createEvent, type CloudEvent } from '@fanfare/cloudevents';

/** Small ones, as an order makes them. */
export function newEvents(subject: string, count: number): readonly CloudEvent[] {
  return Array.from({ length: count }, () =>
    createEvent({
      type: 'com.example.order.status-changed.v1',
      source: '/order-service',
      subject,
      data: { id: subject, customer_id: 'customer-123', quantity: 2, total_amount: 99.99, status: 'shipped' },
    }),
  );
}

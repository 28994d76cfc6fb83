import {
  orderCreated,
  orderStatuses,
  orderTransitions,
  toMinor,
  type CloudEvent,
  type EventDefinition,
  type OrderStatus,
} from '@fanfare/contracts';
import { PermanentError } from '@fanfare/core';
import type { OrderMetric } from './order-metric';

/** What an event says about one order. */
export type OrderChange = PlacedChange | MovedChange;

export interface PlacedChange {
  readonly kind: 'placed';
  readonly order: OrderMetric;
  readonly occurredAtMs: number;
}

export interface MovedChange {
  readonly kind: 'moved';
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly occurredAtMs: number;
}

/** The events of topic `orders` that count. */
export const countedEvents: readonly Pick<EventDefinition, 'type'>[] = [
  orderCreated,
  ...Object.values(orderTransitions),
];

/** Reads an event of `countedEvents`. Throws `PermanentError` for any other, and for an amount that is not exact. */
export function readChange(event: CloudEvent): OrderChange {
  if (orderCreated.is(event)) {
    const { data } = event;
    const createdAtMs = Date.parse(data.created_at);
    return {
      kind: 'placed',
      order: {
        orderId: data.order_id,
        customerId: data.customer_id,
        productId: data.product_id,
        quantity: data.quantity,
        totalAmountMinor: toMinor(data.total_amount),
        status: data.status,
        createdAtMs,
      },
      occurredAtMs: timeOf(event, createdAtMs),
    };
  }
  for (const status of orderStatuses) {
    if (status === 'pending' || !orderTransitions[status].is(event)) continue;
    const { order_id: orderId, changed_at: changedAt } = event.data;
    return { kind: 'moved', orderId, status, occurredAtMs: timeOf(event, Date.parse(changedAt)) };
  }
  throw new PermanentError(`${event.type} is not counted by analytics`);
}

/** The time of the order's change stands in for that of an event which has none: the envelope may leave it out. */
function timeOf({ time }: CloudEvent, fallbackMs: number): number {
  return time === undefined ? fallbackMs : Date.parse(time);
}

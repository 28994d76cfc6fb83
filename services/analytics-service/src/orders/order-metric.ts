import type { OrderStatus } from '@fanfare/contracts';

/** What analytics keeps of an order. */
export interface OrderMetric {
  readonly orderId: string;
  readonly customerId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly totalAmountMinor: number;
  readonly status: OrderStatus;
  /** Milliseconds since 1970: this is read and written by the thousand, and its only use is arithmetic. */
  readonly createdAtMs: number;
}

/** Further along means later; nothing follows after `cancelled`. */
const progress: Readonly<Record<OrderStatus, number>> = {
  pending: 0,
  confirmed: 1,
  shipped: 2,
  delivered: 3,
  completed: 4,
  cancelled: 5,
};

/**
 * The order after a change to `status`. A change that comes late, because its event had failed before and was sent
 * again, leaves the order as it is: so the outcome does not depend on the order in which such events are applied.
 */
export function moveTo(order: OrderMetric, status: OrderStatus): OrderMetric {
  return isFurther(status, order.status) ? { ...order, status } : order;
}

/** Whether an order comes to `status` after `other`, however many steps lie between. */
export function isFurther(status: OrderStatus, other: OrderStatus): boolean {
  return progress[status] > progress[other];
}

/** Whether both tell of the same order being placed, whatever has become of it since. */
export function isSamePlacement(one: OrderMetric, other: OrderMetric): boolean {
  return (
    one.orderId === other.orderId &&
    one.customerId === other.customerId &&
    one.productId === other.productId &&
    one.quantity === other.quantity &&
    one.totalAmountMinor === other.totalAmountMinor &&
    one.createdAtMs === other.createdAtMs
  );
}

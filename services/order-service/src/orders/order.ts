import { erasedIdentifier, type OrderStatus } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';

/** What a customer asks for. */
export interface NewOrder {
  readonly customerId: string;
  readonly productId: string;
  readonly quantity: number;
  /** Minor units of the currency. */
  readonly totalMinor: number;
}

export interface Order extends NewOrder {
  readonly id: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly status: OrderStatus;
  /** Counts the states of the order, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A status that an order can be brought to; `pending` is only where it begins. */
export type NextStatus = Exclude<OrderStatus, 'pending'>;

const nextStatuses: Readonly<Record<OrderStatus, readonly NextStatus[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: ['completed'],
  completed: [],
  cancelled: [],
};

/** An order in its first state. */
export function newOrder(
  request: NewOrder,
  { id, currency, at }: { readonly id: string; readonly currency: string; readonly at: Date },
): Order {
  return { ...request, id, currency, status: 'pending', version: 1, createdAt: at, updatedAt: at };
}

/** An order that has just been brought to its status. */
export interface ChangedOrder extends Order {
  readonly status: NextStatus;
}

/** Whether an order may be brought from its status to another. */
export function canBecome({ status: from }: Order, status: NextStatus): boolean {
  return nextStatuses[from].includes(status);
}

/** Returns the order in its new status; throws `conflict` when the move is not legal. */
export function changeStatus(order: Order, status: OrderStatus, at: Date): ChangedOrder {
  const next = nextStatuses[order.status].find((candidate) => candidate === status);
  if (!next) throw new AppError('conflict', `a ${order.status} order cannot become ${status}`);
  return { ...nextVersion(order, at), status: next };
}

/** Returns the order without who placed it; what was sold stays. */
export function forgetCustomerOf(order: Order, at: Date): Order {
  return { ...nextVersion(order, at), customerId: erasedIdentifier };
}

function nextVersion(order: Order, at: Date): Order {
  // two instances' clocks may differ, an order's times never run backwards
  const updatedAt = at < order.updatedAt ? order.updatedAt : at;
  return { ...order, version: order.version + 1, updatedAt };
}

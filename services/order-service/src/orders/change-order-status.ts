import type { OrderStatus, TraceContext } from '@fanfare/contracts';
import { AppError, type Clock } from '@fanfare/core';
import type { TopicLog } from '@fanfare/messaging';
import type { Transact } from '@fanfare/storage';
import { changeStatus, type Order } from './order';
import { encodeOrder, type EncodedOrder } from './order-body';
import type { OrderCache } from './order-cache';
import type { OrderStore } from './order-store';
import { toTransition, type Change } from './transition';

export interface ChangeOrderStatusDeps {
  readonly transact: Transact;
  readonly orders: Pick<OrderStore, 'find' | 'update'>;
  readonly topicLog: Pick<TopicLog, 'append'>;
  readonly cache: Pick<OrderCache, 'beforeChange' | 'afterChange'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
}

export interface StatusChange extends Change {
  readonly id: string;
  readonly status: OrderStatus;
  /** Looks at the order as it is before the change, and throws to refuse it. */
  readonly precondition?: (current: Order) => void;
}

export interface StatusChanged {
  readonly order: EncodedOrder;
  readonly eventId: string;
}

export type ChangeOrderStatus = (change: StatusChange, trace: TraceContext) => Promise<StatusChanged>;

/**
 * Brings an order to a new status; the change and its one event become durable together or not at all.
 * Of two changes at the same time one is first, and the other is judged by what that has left.
 * Throws `not_found`, `conflict` for a move that is not legal, `unavailable`, and what the precondition throws.
 */
export function createChangeOrderStatus(deps: ChangeOrderStatusDeps): ChangeOrderStatus {
  const { transact, orders, topicLog, cache, clock, newId } = deps;

  return async function changeOrderStatus(change, trace) {
    // comes to an end: another try means that the order has moved on, which it does four times at most, or that its
    // customer was forgotten, which happens once
    for (;;) {
      const current = await orders.find(change.id);
      if (!current) throw new AppError('not_found', `there is no order ${change.id}`);
      change.precondition?.(current);
      const changed = changeStatus(current, change.status, clock.now());
      const event = toTransition(current, changed, change, { id: newId(), ...trace });
      await cache.beforeChange(changed.id, changed.version);
      const isFirst = await transact(async (tx) => {
        const isUpdated = await orders.update(tx, changed);
        if (isUpdated) topicLog.append(tx, [event]);
        return isUpdated;
      });
      if (isFirst) {
        const order = encodeOrder(changed);
        cache.afterChange(order);
        return { order, eventId: event.id };
      }
    }
  };
}

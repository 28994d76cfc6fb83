import {
  fulfilmentCancelled,
  fulfilmentPaid,
  fulfilmentShipped,
  traceAfter,
  type CloudEvent,
} from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { EventHandler, TopicLog } from '@fanfare/messaging';
import type { Logger } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import { logOrderEvent } from '../orders/log-order-event';
import { canBecome, changeStatus, type NextStatus } from '../orders/order';
import { encodeOrder } from '../orders/order-body';
import type { OrderCache } from '../orders/order-cache';
import type { OrderStore } from '../orders/order-store';
import { toTransition } from '../orders/transition';

/** Who has changed an order when its fulfilment did: the mediator that coordinates it. */
const changedBy = 'order_fulfilment';

export interface FollowFulfilmentDeps {
  readonly orders: Pick<OrderStore, 'findForUpdate' | 'update'>;
  readonly topicLog: Pick<TopicLog, 'append'>;
  readonly cache: Pick<OrderCache, 'beforeChange' | 'afterChange'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly logger: Pick<Logger, 'info'>;
}

/** Where an event of the fulfilment leads its order. */
interface Step {
  readonly orderId: string;
  readonly status: NextStatus;
  readonly reason?: string | undefined;
}

/**
 * Brings orders to where their fulfilment has come, in the transaction of the group's cursor: once, whatever is
 * redelivered. This service has the last word about an order: a move that its status no longer allows, because its customer
 * has cancelled it meanwhile, is passed over, and whoever fulfils it hears of that by the order's own events.
 */
export function createFollowFulfilment(deps: FollowFulfilmentDeps): EventHandler {
  const { orders, topicLog, cache, clock, newId, logger } = deps;

  async function follow(tx: Transaction, event: CloudEvent): Promise<void> {
    const step = toStep(event);
    const current = step && (await orders.findForUpdate(tx, step.orderId));
    if (!current || !canBecome(current, step.status)) return;
    const changed = changeStatus(current, step.status, clock.now());
    // as in every change: before anybody can read the new state from the database
    await cache.beforeChange(changed.id, changed.version);
    await orders.update(tx, changed);
    const trace = traceAfter(event, newId);
    const eventId = newId();
    const change = { changedBy, reason: step.reason };
    topicLog.append(tx, [toTransition(current, changed, change, { id: eventId, ...trace })]);
    tx.afterCommit(() => {
      cache.afterChange(encodeOrder(changed));
      logOrderEvent(logger, { orderId: changed.id, eventId, happened: changed.status, trace });
    });
  }

  return {
    events: [fulfilmentPaid, fulfilmentShipped, fulfilmentCancelled],
    async apply(tx, events) {
      for (const event of events) await follow(tx, event);
    },
  };
}

function toStep(event: CloudEvent): Step | null {
  if (fulfilmentPaid.is(event)) return { orderId: event.data.order_id, status: 'confirmed' };
  if (fulfilmentShipped.is(event)) return { orderId: event.data.order_id, status: 'shipped' };
  if (!fulfilmentCancelled.is(event)) return null;
  const { order_id: orderId, reason } = event.data;
  return { orderId, status: 'cancelled', reason };
}

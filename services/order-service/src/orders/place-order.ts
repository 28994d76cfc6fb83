import { fromMinor, orderCreated, type CloudEvent, type TraceContext } from '@fanfare/contracts';
import { endWith, type Clock, type Tracer } from '@fanfare/core';
import type { TopicLog } from '@fanfare/messaging';
import type { Transact, Transaction } from '@fanfare/storage';
import { newOrder, type NewOrder, type Order } from './order';
import { encodeOrder, type EncodedOrder } from './order-body';
import type { OrderCache } from './order-cache';
import type { OrderStore } from './order-store';

export interface PlaceOrderDeps {
  readonly transact: Transact;
  readonly orders: Pick<OrderStore, 'insert'>;
  readonly topicLog: Pick<TopicLog, 'append'>;
  readonly cache: Pick<OrderCache, 'keep'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly currency: string;
  readonly tracer?: Tracer | undefined;
}

export interface PlacedOrder {
  readonly order: EncodedOrder;
  readonly eventId: string;
}

/** A write that shall be durable together with the order, or not at all. */
export type WriteAlongside = (tx: Transaction, order: EncodedOrder) => void;

export type PlaceOrder = (
  request: NewOrder,
  trace: TraceContext,
  writeAlongside?: WriteAlongside,
) => Promise<PlacedOrder>;

/**
 * Accepts an order. The order and its event become durable together or not at all, whether or not the client still
 * waits. Throws `unavailable` when the database is away or too many orders wait; then, if the database went away just
 * while committing, the order may exist.
 */
export function createPlaceOrder(deps: PlaceOrderDeps): PlaceOrder {
  const { transact, orders, topicLog, cache, clock, newId, currency, tracer } = deps;

  return async function placeOrder(request, trace, writeAlongside) {
    const order = newOrder(request, { id: newId(), currency, at: clock.now() });
    const encoded = encodeOrder(order);
    const event = toOrderCreated(order, { id: newId(), ...trace });
    const saving = tracer?.startSpan('save', { parent: trace.traceparent });
    const committed = transact(async (tx) => {
      orders.insert(tx, order);
      topicLog.append(tx, [event]);
      writeAlongside?.(tx, encoded);
    });
    await endWith(saving, committed);
    cache.keep(encoded, trace.traceparent);
    return { order: encoded, eventId: event.id };
  };
}

function toOrderCreated(order: Order, context: TraceContext & { readonly id: string }): CloudEvent {
  return orderCreated.create({
    ...context,
    source: '/order-service',
    subject: order.id,
    time: order.createdAt,
    data: {
      order_id: order.id,
      customer_id: order.customerId,
      product_id: order.productId,
      quantity: order.quantity,
      total_amount: fromMinor(order.totalMinor),
      currency: order.currency,
      status: order.status,
      created_at: order.createdAt.toISOString(),
    },
  });
}

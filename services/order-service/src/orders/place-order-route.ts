import { defineRoute, HttpProblem, toEntityTag, type Reply, type Route } from '@fanfare/service-kit';
import { keyOf, type PlacedOnce, type PlaceOrderOnce } from './idempotency';
import { logOrderEvent } from './log-order-event';
import { orderBody, type EncodedOrder } from './order-body';
import { fromNewOrderBody, newOrderBody } from './order-schemas';
import type { PlaceOrder } from './place-order';

export interface PlaceOrderRouteDeps {
  readonly placeOrder: PlaceOrder;
  readonly placeOrderOnce: PlaceOrderOnce;
  /** Counts orders that were placed, not answers that were given again. */
  readonly ordersCreated: { inc(): void };
}

const keyReused = 'the Idempotency-Key was used for an order with other contents';

/** `POST /orders`. */
export function placeOrderRoute({ placeOrder, placeOrderOnce, ordersCreated }: PlaceOrderRouteDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/orders',
    role: 'writer',
    summary: 'Place an order',
    description:
      'The answer means that the order and its event are durable. Ids are 1 to 64 visible ASCII characters, quantity ' +
      'is 1 to 1,000,000, total_amount is above 0 and at most 99,999,999.99 with at most two decimals; other fields ' +
      'are refused. With an `Idempotency-Key` the same request can be sent again safely, also after a 503, when it is ' +
      'not known whether the order was placed: for 24 hours the same key of the same client with the same contents gets the first ' +
      'answer again, with `Idempotency-Replayed: true`; with other contents it gets 422.',
    body: newOrderBody,
    requestHeaders: { 'idempotency-key': 'Up to 255 visible ASCII characters, new for each order' },
    responses: {
      201: {
        description: 'The order, with status pending',
        schema: orderBody,
        headers: {
          location: 'Path of the order',
          etag: 'Version of the order',
          'idempotency-replayed': '`true` when the order was placed before',
        },
      },
      422: { description: keyReused },
    },
    handle: async ({ body, headers, caller, trace, log }) => {
      const key = readKey(headers['idempotency-key']);
      const request = fromNewOrderBody(body);
      const result: PlacedOnce =
        key === undefined
          ? { outcome: 'placed', ...(await placeOrder(request, trace)) }
          : await placeOrderOnce(request, keyOf(caller, key), trace);
      if (result.outcome === 'key_reused') throw new HttpProblem(422, keyReused, keyError(keyReused));
      if (result.outcome === 'replayed') return toReply(result.order, { 'idempotency-replayed': 'true' });
      const { order, eventId } = result;
      ordersCreated.inc();
      logOrderEvent(log, { orderId: order.id, eventId, happened: 'created' });
      return toReply(order);
    },
  });
}

function readKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new HttpProblem(
    400,
    'the Idempotency-Key does not fit',
    keyError('must be 1 to 255 visible ASCII characters'),
  );
}

function keyError(message: string) {
  return { errors: [{ field: 'Idempotency-Key', message }] };
}

function toReply({ id, version, text }: EncodedOrder, headers?: Readonly<Record<string, string>>): Reply {
  return {
    status: 201,
    text,
    headers: { location: `/orders/${id}`, etag: toEntityTag(version), ...headers },
  };
}

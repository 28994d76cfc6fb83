import type { OrderStatus } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import {
  defineRoute,
  HttpProblem,
  isKnownToClient,
  isMatch,
  toEntityTag,
  type Reply,
  type Route,
  type RouteRequest,
} from '@fanfare/service-kit';
import type { ChangeOrderStatus } from './change-order-status';
import { logOrderEvent } from './log-order-event';
import type { Order } from './order';
import { orderBody, type EncodedOrder } from './order-body';
import { cancellationBody, orderPath, statusChangeBody } from './order-schemas';
import type { ReadOrder } from './read-order';

export interface OrderRoutesDeps {
  readonly readOrder: ReadOrder;
  readonly changeOrderStatus: ChangeOrderStatus;
}

const entityTagHeader = { etag: 'Version of the order, for If-Match and If-None-Match' };
const changedOrder = { description: 'The changed order', schema: orderBody, headers: entityTagHeader };
const changeHeaders = {
  'if-match': 'Entity tags, or `*`: the order is changed only when its current one is among them, else 412',
};
const changeProblems = {
  409: { description: 'The order cannot be brought to this status from its present one' },
  412: { description: 'The order has another version than If-Match asks for' },
};
const transitions =
  'Legal moves: pending → confirmed or cancelled; confirmed → shipped or cancelled; shipped → delivered; ' +
  'delivered → completed. Each publishes exactly one event, named after the new status.';

/** What is done with one order. */
export function orderRoutes(deps: OrderRoutesDeps): readonly Route[] {
  return [getOrderRoute(deps), changeStatusRoute(deps), cancelRoute(deps)];
}

function getOrderRoute({ readOrder }: OrderRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/orders/{id}',
    role: 'reader',
    summary: 'Read an order',
    description:
      'From the cache or from the database, with the same answer: never older than a change that was answered. ' +
      'With `If-None-Match` an order that the client knows already is not sent again.',
    params: orderPath,
    requestHeaders: {
      'if-none-match': 'Entity tags that the client has; 304 when the current one is among them',
    },
    responses: {
      200: { description: 'The order', schema: orderBody, headers: entityTagHeader },
      304: { description: 'The client has the current version', headers: entityTagHeader },
      404: { description: 'There is no such order' },
    },
    handle: async ({ params, headers }) => {
      const order = await readOrder(params.id);
      if (!order) throw new AppError('not_found', `there is no order ${params.id}`);
      const etag = toEntityTag(order.version);
      const known = headers['if-none-match'];
      if (known !== undefined && isKnownToClient(known, order.version))
        return { status: 304, headers: { etag } };
      return { status: 200, text: order.text, headers: { etag } };
    },
  });
}

function changeStatusRoute({ changeOrderStatus }: OrderRoutesDeps): Route {
  return defineRoute({
    method: 'patch',
    path: '/orders/{id}',
    role: 'writer',
    summary: 'Bring an order to another status',
    description: transitions,
    params: orderPath,
    body: statusChangeBody,
    requestHeaders: changeHeaders,
    responses: { 200: changedOrder, ...changeProblems },
    handle: (request) => change(changeOrderStatus, request, request.body),
  });
}

function cancelRoute({ changeOrderStatus }: OrderRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/orders/{id}/cancel',
    role: 'writer',
    summary: 'Cancel an order',
    description: `The same as changing its status to cancelled; the body may be left out. ${transitions}`,
    params: orderPath,
    body: cancellationBody,
    requestHeaders: changeHeaders,
    responses: { 200: changedOrder, ...changeProblems },
    handle: (request) => change(changeOrderStatus, request, { status: 'cancelled', ...request.body }),
  });
}

async function change(
  changeOrderStatus: ChangeOrderStatus,
  { params: { id }, headers, caller, trace, log }: RouteRequest<{ id: string }, unknown, unknown>,
  { status, reason }: { readonly status: OrderStatus; readonly reason?: string | undefined },
): Promise<Reply> {
  const ifMatch = headers['if-match'];
  const { order, eventId } = await changeOrderStatus(
    {
      id,
      status,
      reason,
      changedBy: caller.subject ?? 'system',
      precondition: (current) => {
        requireMatch(ifMatch, current);
      },
    },
    trace,
  );
  logOrderEvent(log, { orderId: id, eventId, happened: status });
  return toReply(200, order);
}

function requireMatch(ifMatch: string | undefined, { version }: Order): void {
  if (ifMatch === undefined || isMatch(ifMatch, version)) return;
  const etag = toEntityTag(version);
  throw new HttpProblem(412, `the order has the entity tag ${etag} now`, { headers: { etag } });
}

/** An order is sent as the text that it was encoded to once. */
function toReply(status: number, { version, text }: EncodedOrder): Reply {
  return { status, text, headers: { etag: toEntityTag(version) } };
}

import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { readCursor, writeCursor } from './list-cursor';
import type { Order } from './order';
import { orderBody, toOrderBody } from './order-body';
import { listQuery, type ListQuery } from './order-schemas';
import type { OrderStore } from './order-store';

export interface ListOrdersDeps {
  readonly orders: Pick<OrderStore, 'list'>;
}

/** `GET /orders`. */
export function listOrdersRoute({ orders }: ListOrdersDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/orders',
    role: 'reader',
    summary: 'List orders, newest first',
    description:
      'A bare array, empty when there is nothing. `limit` is 1 to 100, by default 10. `customer_id` and `status` ' +
      'filter. A page that has a next one carries `Link: <…>; rel="next"`, whose `cursor` goes on after the last ' +
      'order of this page, however many orders are placed meanwhile, and keeps limit and filters. `offset` skips ' +
      'orders from the newest on, so it moves when orders are placed; it cannot be given together with `cursor`.',
    query: listQuery,
    responses: {
      200: {
        description: 'A page of orders',
        schema: z.array(orderBody),
        headers: { link: 'Where the next page is, when there is one' },
      },
    },
    handle: async ({ query }) => {
      // one more than asked for tells whether there is a next page
      const found = await orders.list({
        customerId: query.customer_id,
        status: query.status,
        beforeId: query.cursor === undefined ? undefined : (readCursor(query.cursor) ?? undefined),
        offset: query.offset ?? 0,
        limit: query.limit + 1,
      });
      const page = found.slice(0, query.limit);
      const hasNext = found.length > page.length;
      return reply(
        200,
        page.map(toOrderBody),
        hasNext ? { link: linkToNext(query, page.at(-1)) } : undefined,
      );
    },
  });
}

function linkToNext({ limit, customer_id, status }: ListQuery, last: Order | undefined): string {
  const next = new URLSearchParams({
    limit: String(limit),
    ...(customer_id !== undefined && { customer_id }),
    ...(status !== undefined && { status }),
    cursor: writeCursor(last?.id ?? ''),
  });
  return `</orders?${next.toString()}>; rel="next"`;
}

import { z } from 'zod';
import { defineRoute, reply } from '../http/route';

const identifier = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters');
const newOrder = z.object({
  customer_id: identifier,
  quantity: z.int().min(1),
  address: z.strictObject({ lines: z.array(z.string()) }).optional(),
});
/** A body that fits. */
export const validOrder = { customer_id: 'c-1', quantity: 2 };

/** What the tests of requests send them to. */
export const sampleRoutes = [
  defineRoute({
    method: 'post',
    path: '/orders',
    role: 'writer',
    summary: 'Place an order',
    body: newOrder,
    responses: { 201: newOrder },
    handle: ({ body }) => reply(201, body, { location: '/orders/o-1' }),
  }),
  defineRoute({
    method: 'get',
    path: '/orders',
    role: 'reader',
    summary: 'List orders',
    query: z.object({ limit: z.string().default('10'), status: z.enum(['pending', 'shipped']).optional() }),
    responses: { 200: z.unknown() },
    handle: ({ query }) => reply(200, query),
  }),
  defineRoute({
    method: 'get',
    path: '/orders/{id}',
    role: 'reader',
    summary: 'Read an order',
    params: z.object({ id: identifier }),
    responses: { 200: z.unknown() },
    handle: ({ params, requestId, trace }) => ({
      status: 200,
      text: JSON.stringify({ ...params, requestId, trace }),
    }),
  }),
  defineRoute({
    method: 'post',
    path: '/orders/{id}/cancel',
    role: 'writer',
    summary: 'Cancel an order',
    body: z.strictObject({ reason: z.string() }).optional(),
    responses: { 204: { description: 'Cancelled' } },
    handle: ({ body }) => reply(body ? 200 : 204, body),
  }),
];

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { read, send, type Answer } from './http';
import { orderUrl } from './system';

export const statuses = ['pending', 'confirmed', 'shipped', 'delivered', 'completed', 'cancelled'] as const;
export type Status = (typeof statuses)[number];

export const orderSchema = z.strictObject({
  id: z.uuid(),
  customer_id: z.string(),
  product_id: z.string(),
  quantity: z.int(),
  total_amount: z.number(),
  status: z.enum(statuses),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Order = z.infer<typeof orderSchema>;

export interface NewOrder {
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly total_amount: number;
}

/** An id that no other test and no other client uses, so that what is counted for it can be told exactly. */
export function uniqueId(what: string): string {
  return `${what}-${randomUUID()}`;
}

/** An order of a customer and a product of its own, unless told otherwise. */
export function newOrder(changes: Partial<NewOrder> = {}): NewOrder {
  return {
    customer_id: uniqueId('customer'),
    product_id: uniqueId('product'),
    quantity: 2,
    total_amount: 99.99,
    ...changes,
  };
}

export function postOrder(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer> {
  return send(`${orderUrl}/orders`, { method: 'POST', body, ...(headers && { headers }) });
}

/** Places an order; throws when it was not accepted. */
export async function placeOrder(order: NewOrder = newOrder()): Promise<Order> {
  const { status, text, body } = await postOrder(order);
  if (status !== 201) throw new Error(`POST /orders answered ${status}: ${text}`);
  return orderSchema.parse(body);
}

export function getOrder(id: string, headers?: Readonly<Record<string, string>>): Promise<Answer> {
  return send(`${orderUrl}/orders/${id}`, headers && { headers });
}

export function readOrder(id: string): Promise<Order> {
  return read(`${orderUrl}/orders/${id}`, orderSchema);
}

export function patchOrder(
  id: string,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> {
  return send(`${orderUrl}/orders/${id}`, { method: 'PATCH', body, ...(headers && { headers }) });
}

export function cancelOrder(id: string, body?: unknown): Promise<Answer> {
  return send(`${orderUrl}/orders/${id}/cancel`, { method: 'POST', body });
}

/** The shortest legal way to each status. */
const wayTo: Readonly<Record<Status, readonly Status[]>> = {
  pending: [],
  confirmed: ['confirmed'],
  shipped: ['confirmed', 'shipped'],
  delivered: ['confirmed', 'shipped', 'delivered'],
  completed: ['confirmed', 'shipped', 'delivered', 'completed'],
  cancelled: ['cancelled'],
};

/** Places an order and brings it to a status; throws when a step was refused. */
export async function placeOrderIn(status: Status, order: NewOrder = newOrder()): Promise<Order> {
  const { id } = await placeOrder(order);
  for (const step of wayTo[status]) {
    const { status: answered, text } = await patchOrder(id, { status: step });
    if (answered !== 200) throw new Error(`PATCH to ${step} answered ${answered}: ${text}`);
  }
  return readOrder(id);
}

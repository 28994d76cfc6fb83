import type { StateChange } from './aggregate';
import type { JsonObject } from './json-object';
import { takeFields } from './take-fields';

const fields = [
  'order_id',
  'user_id',
  'order_number',
  'payment_id',
  'product_id',
  'quantity',
  'items',
  'total_amount',
  'currency',
  'status',
  'order_date',
];

/**
 * An order, in whatever form it is told of: Fanfare's own orders name their customer and when they were made, others a user
 * and a date, and each change of status is either an event of its own name or an `order.status_changed`.
 */
export function evolveOrder(state: JsonObject, { name, data, time }: StateChange): JsonObject {
  switch (name) {
    case 'order.created':
      return { status: 'pending', order_date: time, ...state, ...toInitialState(data) };
    case 'order.updated':
      return takeFields(state, data, fields);
    case 'order.status_changed':
      return takeStatus(state, data);
    case 'order.confirmed':
    case 'order.shipped':
    case 'order.delivered':
    case 'order.completed':
    case 'order.cancelled':
      return takeStatus(state, data, name.slice('order.'.length));
    default:
      return state;
  }
}

function toInitialState({ customer_id: userId, created_at: orderDate, ...data }: JsonObject): JsonObject {
  return {
    ...(userId !== undefined && { user_id: userId }),
    ...(orderDate !== undefined && { order_date: orderDate }),
    ...data,
  };
}

/** `status` is where the event leads that does not name a status itself. */
function takeStatus(state: JsonObject, data: JsonObject, status?: string): JsonObject {
  const { new_status: newStatus = status } = data;
  return takeFields({ ...state, ...(newStatus !== undefined && { status: newStatus }) }, data, fields);
}

import type { StateChange } from './aggregate';
import type { JsonObject } from './json-object';
import { takeFields } from './take-fields';

const fields = [
  'payment_id',
  'order_id',
  'user_id',
  'amount',
  'currency',
  'payment_method',
  'status',
  'transaction_id',
  'gateway',
  'payment_date',
];

/** A payment; where nobody creates it, it begins with being processed. */
export function evolvePayment(state: JsonObject, { name, data, time }: StateChange): JsonObject {
  switch (name) {
    case 'payment.created':
      return { status: 'pending', payment_date: time, ...state, ...data };
    case 'payment.updated':
      return takeFields(state, data, fields);
    case 'payment.processed':
    case 'payment.completed':
    case 'payment.failed':
    case 'payment.refunded':
      return takeFields(
        { payment_date: time, ...state, status: name.slice('payment.'.length) },
        data,
        fields,
      );
    default:
      return state;
  }
}

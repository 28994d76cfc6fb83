import { forgottenSubjects } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import type { OrderEvent } from '../notifications/order-event';

/** The events of which a customer is still to be told. */
export type LeaveOutForgotten = (
  tx: Transaction,
  events: readonly OrderEvent[],
) => Promise<readonly OrderEvent[]>;

/** Leaves out those of customers and orders who were forgotten since: they come late. */
export const leaveOutForgotten: LeaveOutForgotten = async (tx, events) => {
  const subjects = events.flatMap((event) => subjectsOf(event));
  const isForgotten = await forgottenSubjects.find(tx, subjects);
  return events.filter((event) => !isForgotten(subjectsOf(event), timeOf(event)));
};

function subjectsOf(event: OrderEvent): readonly string[] {
  return event.name === 'order.created'
    ? [event.data.order_id, event.data.customer_id]
    : [event.data.order_id];
}

function timeOf(event: OrderEvent): Date {
  return new Date(event.name === 'order.created' ? event.data.created_at : event.data.changed_at);
}

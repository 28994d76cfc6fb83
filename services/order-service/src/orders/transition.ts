import { orderTransitions, type CloudEvent, type TraceContext } from '@fanfare/contracts';
import type { ChangedOrder, Order } from './order';

/** What is told of a change besides what it changed. */
export interface Change {
  readonly reason?: string | undefined;
  /** Who asked for it. */
  readonly changedBy: string;
}

/** The event of an order's change, named after its new status. */
export function toTransition(
  before: Order,
  { id, status, updatedAt }: ChangedOrder,
  { reason, changedBy }: Change,
  context: TraceContext & { readonly id: string },
): CloudEvent {
  return orderTransitions[status].create({
    ...context,
    source: '/order-service',
    subject: id,
    time: updatedAt,
    data: {
      order_id: id,
      old_status: before.status,
      new_status: status,
      ...(reason !== undefined && { reason }),
      changed_by: changedBy,
      changed_at: updatedAt.toISOString(),
    },
  });
}

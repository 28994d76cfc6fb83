import {
  erasedIdentifier,
  orderCancelled,
  orderConfirmed,
  orderCreated,
  orderShipped,
  traceAfter,
  type CloudEvent,
} from '@fanfare/contracts';
import type { EventHandler } from '@fanfare/messaging';
import { forgottenSubjects, type IsForgotten } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import { hasEnded, type Run } from '../kinds/workflow/runs/run';
import { runStore } from '../kinds/workflow/runs/run-store';
import type { Workflows } from '../kinds/workflow/workflow';
import type { MediatorEntry } from '../mediators/directory';
import type { PartDeps } from '../part';
import { confirmedSignal, orderFulfilment, orderReturn, returnIdOf } from './order-workflows';

export type FollowOrdersDeps = Pick<PartDeps, 'newId'> & {
  readonly workflows: Pick<Workflows, 'start' | 'act' | 'signal' | 'newRunBody'>;
  /** Enters the mediator of the orders, and makes it where it is missing. */
  readonly enter: (tx: Transaction) => Promise<MediatorEntry>;
};

/**
 * Leads orders through their fulfilment, in the transaction of the group's cursor: each event has its effect once. What
 * becomes of an order while its fulfilment is under way is order-service's to say; here it is only followed. The order of
 * somebody who was forgotten since is fulfilled too, for nobody in particular.
 */
export function createFollowOrders({ workflows, newId, enter }: FollowOrdersDeps): EventHandler {
  async function start(
    tx: Transaction,
    run: Pick<Run, 'id' | 'name' | 'data'>,
    event: CloudEvent,
  ): Promise<void> {
    const body = workflows.newRunBody.parse(run);
    await workflows.start(tx, { mediator: orderFulfilment, body, trace: traceAfter(event, newId) });
  }

  /** The order's run, which nobody else changes until the end of the transaction. */
  async function lock(tx: Transaction, { mediator }: MediatorEntry, orderId: string): Promise<Run | null> {
    const stored = await runStore.lock(tx, mediator.key, orderId);
    return stored?.run.name === orderFulfilment ? stored.run : null;
  }

  async function confirm(tx: Transaction, run: Run, eventId: string): Promise<void> {
    if (hasEnded(run)) return;
    await workflows.signal(tx, orderFulfilment, run.id, { id: eventId, name: confirmedSignal });
  }

  async function takeBack(tx: Transaction, run: Run, reason: string, event: CloudEvent): Promise<void> {
    if (run.status === 'completed') {
      await start(tx, { id: returnIdOf(run.id), name: orderReturn, data: run.data }, event);
    } else if (run.status === 'running' || run.status === 'paused') {
      await workflows.act(tx, orderFulfilment, run.id, { kind: 'cancel', reason, compensate: true });
    }
  }

  async function follow(
    tx: Transaction,
    { entry, isForgotten }: { readonly entry: MediatorEntry; readonly isForgotten: IsForgotten },
    event: CloudEvent,
  ): Promise<void> {
    if (orderCreated.is(event)) {
      const { order_id, product_id, quantity, total_amount, currency, created_at } = event.data;
      const isLate = isForgotten(subjectsOf(event), new Date(created_at));
      const customer_id = isLate ? erasedIdentifier : event.data.customer_id;
      const data = { order_id, customer_id, product_id, quantity, total_amount, currency };
      await start(tx, { id: order_id, name: orderFulfilment, data }, event);
    } else if (orderConfirmed.is(event)) {
      const run = await lock(tx, entry, event.data.order_id);
      if (run) await confirm(tx, run, event.id);
    } else if (orderCancelled.is(event) || orderShipped.is(event)) {
      const { order_id: orderId, new_status: status, changed_by: changedBy, reason } = event.data;
      // what the fulfilment itself has come to needs no answer
      const run = changedBy === orderFulfilment ? null : await lock(tx, entry, orderId);
      if (run) await takeBack(tx, run, reason ?? `the order was ${status} by ${changedBy}`, event);
    }
  }

  return {
    events: [orderCreated, orderConfirmed, orderCancelled, orderShipped],
    async apply(tx, events) {
      const isForgotten = await forgottenSubjects.find(tx, events.flatMap(subjectsOf));
      const entry = await enter(tx);
      for (const event of events) await follow(tx, { entry, isForgotten }, event);
    },
  };
}

/** Who may have been forgotten since an order was placed; what comes of it later names nobody. */
function subjectsOf(event: CloudEvent): readonly string[] {
  return orderCreated.is(event) ? [event.data.order_id, event.data.customer_id] : [];
}

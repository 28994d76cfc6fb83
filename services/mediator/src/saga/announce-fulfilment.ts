import { fulfilmentCancelled, fulfilmentPaid, fulfilmentShipped } from '@fanfare/contracts';
import type { RunListener } from '../kinds/workflow/runs/engine';
import type { RunError } from '../kinds/workflow/runs/run';
import type { PartDeps } from '../part';
import { refuse } from '../problems';
import { orderFulfilment, payStep } from './order-workflows';

const maxReasonLength = 500;

/**
 * Tells what the runs of orders come to, in the transaction in which they do: whoever follows learns of each end once. An end
 * is for good, so a run that has failed or was cancelled is not begun again: its order is cancelled by then.
 */
export function createAnnounceFulfilment({ announce }: Pick<PartDeps, 'announce'>): RunListener {
  return function announceFulfilment(tx, { entry, run, events, trace }) {
    if (entry.mediator.name !== orderFulfilment || run.name !== orderFulfilment || run.parent) return;
    const about = { mediator: orderFulfilment, order_id: run.id };
    for (const event of events) {
      if (event.type === 'workflow_retried') throw refuse('illegal-transition', endIsForGood);
      // one that is about to end otherwise is not told that it goes on
      if (event.type === 'step_completed' && event.stepId === payStep && !run.goal) {
        announce(tx, fulfilmentPaid, about, trace);
      }
      if (event.type === 'workflow_completed') announce(tx, fulfilmentShipped, about, trace);
      if (event.type === 'workflow_failed' || event.type === 'workflow_cancelled') {
        announce(tx, fulfilmentCancelled, { ...about, reason: reasonOf(event.data.error) }, trace);
      }
    }
  };
}

const endIsForGood = 'the order is cancelled, and its fulfilment cannot begin again';

function reasonOf({ step_id: stepId, message }: RunError): string {
  return (stepId === undefined ? message : `${stepId}: ${message}`).slice(0, maxReasonLength);
}

import type { MediatorConfig } from '../config';
import type { WorkflowDefinition } from '../kinds/workflow/definitions/definition';
import { defineWorkflow } from '../kinds/workflow/definitions/define-workflow';
import { definitionSchema } from '../kinds/workflow/definitions/definition-schema';

/** The mediator in which orders are fulfilled, and the workflow that does it. */
export const orderFulfilment = 'order_fulfilment';
/** The workflow that takes back an order that had been shipped already when it was cancelled. */
export const orderReturn = 'order_return';
/** What the first waits for: order-service says whether the order is confirmed or cancelled. */
export const confirmedSignal = 'order.confirmed';
/** The step after which an order is paid. */
export const payStep = 'pay';

export type SagaConfig = Pick<
  MediatorConfig,
  'retryCount' | 'timeoutMs' | 'orderSagaTimeoutMs' | 'orderSagaStepTimeoutMs'
>;

/**
 * Practically for ever, a few seconds apart: what was done is undone whenever its colleague is back. How long an order may
 * take to go forwards is the limit of its whole run, which does not hold for undoing.
 */
const patiently = { max_attempts: 1_000, delay_ms: 200, max_delay_ms: 5_000 };

/** What an order goes through, and back; see docs/decisions/0015-order-saga.md. */
export function orderWorkflows(config: SagaConfig): readonly WorkflowDefinition[] {
  const schema = definitionSchema(config);
  const command = { retry: patiently, timeout_ms: config.orderSagaStepTimeoutMs };
  const undoing = (stepId: string) => `$merge([data, {"undoes": data.order_id & ":${stepId}:1"}])`;
  const fulfilment = defineWorkflow({
    name: orderFulfilment,
    timeout_ms: config.orderSagaTimeoutMs,
    steps: {
      reserve: { type: 'inventory.reserve', compensate: 'inventory.release', ...command },
      [payStep]: { type: 'payment.take', compensate: 'payment.refund', ...command },
      confirm: { wait: { signal: confirmedSignal } },
      ship: { type: 'shipping.ship', compensate: 'shipping.recall', ...command },
    },
  });
  const back = defineWorkflow({
    name: orderReturn,
    steps: {
      recall: { type: 'shipping.recall', input: undoing('ship'), ...command },
      refund: { type: 'payment.refund', input: undoing(payStep), ...command },
      release: { type: 'inventory.release', input: undoing('reserve'), ...command },
    },
  });
  return [schema.parse(fulfilment), schema.parse(back)];
}

/** The id of the run that takes an order back. */
export function returnIdOf(orderId: string): string {
  return `${orderId}:return`;
}

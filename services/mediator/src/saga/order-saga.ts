import {
  createConsumer,
  type Consumer,
  type Feed,
  type MessageBus,
  type MessagingObserver,
} from '@fanfare/messaging';
import { HttpProblem } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import type { Definitions } from '../kinds/workflow/definitions/definitions';
import type { Workflows } from '../kinds/workflow/workflow';
import type { MediatorEntry } from '../mediators/directory';
import type { ManageMediators } from '../mediators/manage-mediators';
import { mediatorStore } from '../mediators/mediator-store';
import type { PartDeps } from '../part';
import { createAnnounceFulfilment } from './announce-fulfilment';
import { createFollowOrders } from './follow-orders';
import { orderFulfilment, orderWorkflows } from './order-workflows';

export type OrderSagaDeps = Pick<
  PartDeps,
  'config' | 'database' | 'directory' | 'clock' | 'newId' | 'newTrace' | 'announce'
> & {
  readonly workflows: Workflows;
  readonly definitions: Pick<Definitions, 'find' | 'post'>;
  readonly manageMediators: Pick<ManageMediators, 'create'>;
  readonly bus: MessageBus;
  /** Of topic `orders`. */
  readonly feed: Feed;
  readonly observer: MessagingObserver;
};

/** The fulfilment of orders, as the service hosts it. */
export interface OrderSaga {
  /** Makes its mediator and its definitions, as far as they are missing. */
  prepare(): Promise<void>;
  readonly consumers: readonly Consumer[];
  readonly healthDetails: Readonly<Record<string, string>>;
}

const group = 'mediator';
const description = 'Fulfils orders: reserve, pay, confirm, ship; or takes everything back';

/** Where it is switched off no order begins or is confirmed, but what has begun is told to its end. */
export function createOrderSaga(deps: OrderSagaDeps): OrderSaga {
  deps.workflows.onRunEvents(createAnnounceFulfilment(deps));
  if (!deps.config.orderSaga) {
    return { prepare: () => Promise.resolve(), consumers: [], healthDetails: { order_saga: 'off' } };
  }
  const place = createPlace(deps);
  const consumer = createConsumer({
    ...deps,
    topic: 'orders',
    group,
    partitions: deps.config.ordersPartitions,
    feedCheckMs: deps.config.feedCheckMs,
    handler: createFollowOrders({ ...deps, enter: place.enter }),
  });
  return { prepare: place.prepare, consumers: [consumer], healthDetails: { order_saga: 'on' } };
}

/** The mediator of the orders. Somebody may remove it, or a definition: orders wait for nobody to notice. */
function createPlace(deps: OrderSagaDeps) {
  const { config, database, directory, definitions, manageMediators, newTrace } = deps;
  const workflows = orderWorkflows(config);

  async function establish(tx: Transaction): Promise<void> {
    if (!(await mediatorStore.lock(tx, orderFulfilment))) {
      const mediator = { name: orderFulfilment, kind: 'workflow', description, metadata: null } as const;
      await manageMediators.create(tx, mediator, newTrace());
    }
    for (const workflow of workflows) await definitions.post(tx, orderFulfilment, workflow);
  }

  async function isThere(tx: Transaction): Promise<boolean> {
    const mediator = await mediatorStore.share(tx, orderFulfilment);
    if (!mediator) return false;
    for (const { name } of workflows) {
      if (!(await definitions.find(tx.queries, mediator.mediator_key, name))) return false;
    }
    return true;
  }

  /** Of instances that start side by side one makes the mediator: the others look again. */
  async function prepare(): Promise<void> {
    try {
      await database.transact(establish);
    } catch (error) {
      if (!(error instanceof HttpProblem) || error.code !== 'already-exists') throw error;
      await database.transact(establish);
    }
  }

  return {
    prepare,
    enter: async (tx: Transaction): Promise<MediatorEntry> => {
      if (!(await isThere(tx))) await establish(tx);
      return directory.enter(tx, orderFulfilment);
    },
  };
}

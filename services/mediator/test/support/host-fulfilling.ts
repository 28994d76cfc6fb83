import type { CloudEvent } from '@fanfare/contracts';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLocalHub } from '@fanfare/messaging';
import { hostForTest, type TopicOwner } from '@fanfare/service-kit/testing';
import { hostMediator, type MediatorForTest } from '../host-mediator';
import { openColleagueStandIn, type ColleagueStandIn } from './colleague-stand-in';
import { changed, createOrderStandIn, placed } from './order-stand-in';

export const orderId = 'order-1';
export const place = '/mediators/order_fulfilment';
const colleagues = {
  inventory: ['inventory.reserve', 'inventory.release'],
  payment: ['payment.take', 'payment.refund'],
  shipping: ['shipping.ship', 'shipping.recall'],
};
export const forwards = ['inventory.reserve', 'payment.take', 'shipping.ship'];
export const backwards = ['shipping.recall', 'payment.refund', 'inventory.release'];
export const byFulfilment = { by: 'order_fulfilment' };

/** A mediator that sees to orders, with an order-service and colleagues that are stood in for. */
export interface Fulfilling extends AsyncDisposable {
  readonly mediator: MediatorForTest;
  readonly orders: TopicOwner;
  readonly desk: ColleagueStandIn;
  /** The types of the commands so far. */
  readonly types: () => readonly string[];
  readonly statusOf: (runId: string) => Promise<string | undefined>;
  /** What was told of the fulfilment of orders. */
  readonly told: () => Promise<readonly CloudEvent<Record<string, unknown>>[]>;
}

export async function hostFulfilling(env: Readonly<Record<string, string>> = {}): Promise<Fulfilling> {
  const clock = createSystemClock();
  const hub = createLocalHub({ clock });
  const desk = await openColleagueStandIn();
  const orders = createOrderStandIn();
  const orderHost = await hostForTest(orders.factory, { clock, hub });
  const mediator = await hostMediator({ ORDER_SAGA: 'on', ...env }, { clock, hub });
  await registerColleagues(mediator, desk);
  return {
    mediator,
    orders,
    desk,
    types: () => desk.commands.map(({ type }) => type),
    async statusOf(runId) {
      const { status, body } = await mediator.get(`${place}/workflows/${runId}`);
      return status === 200 ? (body as { readonly status: string }).status : undefined;
    },
    told: async () =>
      (await mediator.announced()).filter(({ type }) => type.startsWith('com.fanfare.fulfilment.')),
    async [Symbol.asyncDispose]() {
      await mediator.stop();
      await orderHost.stop();
      await desk[Symbol.asyncDispose]();
    },
  };
}

export async function registerColleagues(mediator: MediatorForTest, desk: ColleagueStandIn): Promise<void> {
  await mediator.post('/mediators', { name: 'order_fulfilment', kind: 'workflow' });
  for (const [id, handles] of Object.entries(colleagues)) {
    const registered = await mediator.post(`${place}/colleagues`, {
      id,
      name: id,
      handles,
      endpoint: desk.url,
    });
    expect(registered.status).toBe(201);
  }
}

export async function untilStatus({ statusOf }: Fulfilling, status: string, runId = orderId): Promise<void> {
  await eventually(async () => {
    expect(await statusOf(runId)).toBe(status);
  });
}

export async function untilTold({ told }: Fulfilling, ...names: readonly string[]): Promise<void> {
  await eventually(async () => {
    expect((await told()).map(({ type }) => type)).toEqual(
      names.map((name) => `com.fanfare.fulfilment.${name}.v1`),
    );
  });
}

/** Leads an order to its end, as an order-service does that nobody disturbs. */
export async function ship(fulfilling: Fulfilling, id = orderId): Promise<void> {
  await fulfilling.orders.publish(placed(id), changed(id, 'confirmed', byFulfilment));
  await untilStatus(fulfilling, 'completed', id);
}

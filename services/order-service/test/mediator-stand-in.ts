import { fulfilmentCancelled, fulfilmentPaid, fulfilmentShipped, type CloudEvent } from '@fanfare/contracts';
import { createIdGenerator, createSystemClock } from '@fanfare/core';
import { createTopicOwner, type TopicOwner } from '@fanfare/service-kit/testing';

const definitions = { paid: fulfilmentPaid, shipped: fulfilmentShipped, cancelled: fulfilmentCancelled };
const mediator = 'order_fulfilment';
const newId = createIdGenerator(createSystemClock());

/** Stands in for the mediator. */
export const createMediatorStandIn = (): TopicOwner =>
  createTopicOwner({ name: 'mediator', topic: 'mediator' });

/** What the mediator tells of an order's fulfilment. */
export function fulfilmentEvent(
  step: keyof typeof definitions,
  orderId: string,
  more: { readonly id?: string; readonly reason?: string } = {},
): CloudEvent {
  return definitions[step].create({
    id: more.id ?? newId(),
    source: '/mediator',
    subject: mediator,
    time: new Date('2026-03-02T09:15:00.000Z'),
    correlationid: 'request-1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    data: { mediator, order_id: orderId, ...(more.reason !== undefined && { reason: more.reason }) },
  });
}

import {
  orderCreated,
  orderTransitions,
  traceAfter,
  type CloudEvent,
  type EventDefinition,
  type TraceContext,
} from '@fanfare/contracts';
import { identityOf } from '@fanfare/messaging';

type DataOf<Definition> = Definition extends EventDefinition<string, infer Data> ? Data : never;

export type OrderCreated = DataOf<typeof orderCreated>;
export type OrderTransition = DataOf<typeof orderTransitions.confirmed>;

/** The part of an order event that its notifications need. */
export type OrderEvent = {
  readonly id: string;
  /** What tells it from every other: its id, which says it all of the order service's own events, or else source and id in one. */
  readonly identity: string;
  readonly correlationId: string | null;
  readonly traceparent: string | null;
} & (
  | { readonly name: typeof orderCreated.name; readonly data: OrderCreated }
  | { readonly name: (typeof transitions)[number]['name']; readonly data: OrderTransition }
);

const orderService = '/order-service';
const transitions = Object.values(orderTransitions);

/** The events of which customers are told. */
export const orderEventDefinitions = [orderCreated, ...transitions];

/** Takes what is needed out of an event whose data was checked when it was decoded; null for one that nobody is told of. */
export function toOrderEvent(event: CloudEvent): OrderEvent | null {
  const { id, correlationid: correlationId = null, traceparent = null } = event;
  const identity = event.source === orderService ? id : identityOf(event);
  const envelope = { id, identity, correlationId, traceparent };
  if (orderCreated.is(event)) return { ...envelope, name: orderCreated.name, data: event.data };
  for (const transition of transitions) {
    if (transition.is(event)) return { ...envelope, name: transition.name, data: event.data };
  }
  return null;
}

/** What the events that follow from this one carry on. */
export function traceOf({ id, correlationId, traceparent }: OrderEvent, newId: () => string): TraceContext {
  return traceAfter(
    { id, correlationid: correlationId ?? undefined, traceparent: traceparent ?? undefined },
    newId,
  );
}

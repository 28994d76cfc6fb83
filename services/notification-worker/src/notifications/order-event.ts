import {
  orderCreated,
  orderTransitions,
  type CloudEvent,
  type EventDefinition,
  type TraceContext,
} from '@fanfare/contracts';

type DataOf<Definition> = Definition extends EventDefinition<string, infer Data> ? Data : never;

export type OrderCreated = CloudEvent<DataOf<typeof orderCreated>>;
export type OrderTransition = CloudEvent<DataOf<typeof orderTransitions.confirmed>>;

/** An event of which customers are told. */
export type OrderEvent = OrderCreated | OrderTransition;

/** The events of which customers are told. */
export const orderEventDefinitions = [orderCreated, ...Object.values(orderTransitions)];

const nameByType = new Map<string, string>(orderEventDefinitions.map(({ type, name }) => [type, name]));

/** Narrows an event whose data was checked when it was decoded. */
export function isOrderEvent(event: CloudEvent): event is OrderEvent {
  return nameByType.has(event.type);
}

/** What people call the event: `order.created`. */
export function nameOf(event: OrderEvent): string {
  return nameByType.get(event.type) ?? event.type;
}

/** What the events that follow from this one carry on. An event that begins no trace is the beginning of one. */
export function traceOf(event: OrderEvent, newId: () => string): TraceContext {
  return {
    correlationid: event.correlationid ?? event.id,
    causationid: event.id,
    traceparent: event.traceparent ?? newTraceparent(newId().replaceAll('-', '')),
  };
}

function newTraceparent(hex: string): string {
  return `00-${hex}-${hex.slice(16)}-00`;
}

import {
  cloudEventSchema,
  orderCreated,
  orderTransitions,
  type CloudEvent,
  type EventDefinition,
} from '@fanfare/contracts';
import { readChange, type OrderChange } from '../orders/order-change';

/** What an event of the log means for the totals. */
export type LoggedChange =
  | {
      readonly kind: 'change';
      readonly change: OrderChange;
      /** Whether topic `orders` certainly had it: anybody may put an event about an order into the event store. */
      readonly isCertain: boolean;
    }
  | ErasedEvent
  | { readonly kind: 'unreadable' };

/** Nothing is left of it but which order it was about, and when. */
export interface ErasedEvent {
  readonly kind: 'erased';
  readonly orderId: string;
  readonly occurredAtMs: number;
}

/** The owner of topic `orders`. */
const ownerSource = '/order-service';
const definitions = new Map<string, EventDefinition>(
  [orderCreated, ...Object.values(orderTransitions)].map((definition) => [definition.type, definition]),
);

/** Undefined for an event that totals are not made of. `isFromTopic` is told by whoever has it from the topic itself. */
export function readLoggedEvent(event: CloudEvent, isFromTopic = false): LoggedChange | undefined {
  const definition = definitions.get(event.type);
  if (!definition) return undefined;
  const { data = null, subject, time } = event;
  if (!cloudEventSchema.safeParse({ ...event, data }).success) return { kind: 'unreadable' };
  if (data === null && subject !== undefined && time !== undefined) {
    return { kind: 'erased', orderId: subject, occurredAtMs: Date.parse(time) };
  }
  try {
    definition.parseData(data);
    return {
      kind: 'change',
      change: readChange(event),
      isCertain: isFromTopic || event.source === ownerSource,
    };
  } catch {
    return { kind: 'unreadable' };
  }
}

import { auditEvents } from './audit-events';
import type { EventDefinition } from './define-event';
import { mediatorEvents, mediatorUpcasters } from './mediator-events';
import { notificationEvents } from './notification-events';
import { orderEvents } from './order-events';
import { paymentEvents } from './payment-events';
import { privacyEvents } from './privacy-events';
import { productEvents } from './product-events';
import { systemEvents } from './system-events';
import { createLift, createTypesReadAs, type Upcaster } from './upcasters';
import { userEvents } from './user-events';

/** Every version of every event that services say to each other, or that other programs say to the event store. */
export const catalogue: readonly EventDefinition[] = [
  ...orderEvents,
  ...notificationEvents,
  ...mediatorEvents,
  ...systemEvents,
  ...privacyEvents,
  ...auditEvents,
  ...paymentEvents,
  ...userEvents,
  ...productEvents,
];

/** One step for each version in the catalogue that has a newer one beside it. */
export const upcasters: readonly Upcaster[] = [...mediatorUpcasters];

/** Lifts an event of the catalogue to its newest version; see `createLift`. */
export const liftToNewest = createLift(upcasters);

/** All types whose events are lifted to a type; see `createTypesReadAs`. */
export const typesReadAs = createTypesReadAs(upcasters);

const byType = new Map(catalogue.map((definition) => [definition.type, definition]));

/** The definition of a full type, or undefined when the catalogue does not know it. */
export function findEventDefinition(type: string): EventDefinition | undefined {
  return byType.get(type);
}

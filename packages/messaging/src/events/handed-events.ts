import { liftToNewest, type CloudEvent } from '@fanfare/contracts';
import type { IncomingEvent } from './event-codec';

/** Events as their handler gets them: in their newest version, and what follows from them follows from the attempt to apply them. */
export function handedEventsOf(items: readonly IncomingEvent[]): readonly CloudEvent[] {
  return items.map(({ event, attempt }) => {
    const newest = liftToNewest(event);
    return attempt ? { ...newest, traceparent: attempt.traceparent } : newest;
  });
}

export function eventsOf(items: readonly IncomingEvent[]): readonly CloudEvent[] {
  return items.map(({ event }) => event);
}

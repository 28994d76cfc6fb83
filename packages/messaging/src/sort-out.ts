import { liftToNewest, partitionKeyOf, type CloudEvent } from '@fanfare/contracts';
import type { Incoming, IncomingEvent, Malformed } from './event-codec';

/** What can be done with the items of a batch, each kind in the order of the batch. */
export interface SortedItems {
  readonly malformed: readonly Malformed[];
  /** Events of a key that is blocked. */
  readonly waiting: readonly IncomingEvent[];
  readonly open: readonly IncomingEvent[];
}

export function sortOut(items: readonly Incoming[], blockedKeys: ReadonlySet<string>): SortedItems {
  const events = items.filter((item) => item.kind === 'event');
  const isBlocked = ({ event }: IncomingEvent) => blockedKeys.has(partitionKeyOf(event));
  return {
    malformed: items.filter((item) => item.kind === 'malformed'),
    waiting: events.filter(isBlocked),
    open: events.filter((item) => !isBlocked(item)),
  };
}

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

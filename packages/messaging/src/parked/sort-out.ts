import { partitionKeyOf } from '@fanfare/contracts';
import type { Incoming, IncomingEvent, Malformed } from '../events/event-codec';

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

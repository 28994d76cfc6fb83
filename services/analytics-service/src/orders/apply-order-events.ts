import type { CloudEvent } from '@fanfare/contracts';
import type { EventHandler } from '@fanfare/messaging';
import { nobodyForgotten, type Forgotten } from '../privacy/forgotten';
import { countedEvents, readChange } from './order-change';
import { createOrderCounts, type OrderCountsDeps } from './order-counts';

export interface ApplyOrderEventsDeps extends OrderCountsDeps {
  readonly forgotten?: Pick<Forgotten, 'hide'>;
  /** Told of events whose effect is committed. */
  readonly onApplied: (events: readonly CloudEvent[]) => void;
}

/**
 * Counts the events of topic `orders`, a whole batch with the same few statements as a single event.
 *
 * Each event counts once. The group's cursor drops what the bus repeats; and should an order be announced again under
 * another sequence, what is known of it decides: the same order again changes nothing, a different order under its id
 * is a dead letter. An event of an order that was never placed waits (`not_found`) and is tried again.
 */
export function createOrderEventHandler({
  onApplied,
  forgotten = nobodyForgotten,
  ...deps
}: ApplyOrderEventsDeps): EventHandler {
  const counts = createOrderCounts(deps);
  return {
    events: countedEvents,
    async apply(tx, events) {
      const changes = await forgotten.hide(tx, events.map(readChange));
      await counts.add(tx, changes, await counts.findKnown(tx, changes));
      tx.afterCommit(() => {
        onApplied(events);
      });
    },
  };
}
